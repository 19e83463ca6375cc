"""Remote tools: what is sent, what comes back, and names."""

import multiprocessing
import pickle
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from remote.calls import FAST, batch
from remote.faults import Faults
from remote.server import Server, edit

import editenv  # noqa: F401
from editenv.failure import Failure
from editenv.models.remote import Limits
from editenv.models.remote_tools import ImagesEditTool, JsonTool
from editenv.models.remote_tools.settings import Settings
from editenv.tools import Cost, Edited, Prompt, PromptedTool, Wording, make_tool

ONCE = replace(FAST, attempts=1)


def one(rows=24, columns=32):
    return batch(1, rows, columns)


def test_a_name_makes_a_prompted_tool_that_edits():
    images, masks, options, prompts = batch(5)
    with Server() as server:
        for name in (f"openai:{server.url}#some/model", f"json:{server.origin}/edit"):
            tool = make_tool(name)
            assert isinstance(tool, PromptedTool)
            assert (tool.name, tool.action, tool.target) == (name, "edit", "any")
            edits = tool.apply_prompted(images, masks, options, prompts)
            for edited, image, mask, prompt in zip(edits, images, masks, prompts, strict=True):
                assert isinstance(edited, Edited)
                assert np.array_equal(edited.image, edit(image, mask, prompt.text, prompt.seed))
            tool.close()
        assert server.count() == 10


def test_the_fields_of_a_request():
    images, masks, _, prompts = one()
    with Server() as server:
        where = f"{server.url}#m?quality=low,high&field.background=opaque&money=0.01,0.2&seconds=9"
        tool = make_tool(f"openai:{where}")
        tool.apply_prompted(images, masks, [1], prompts)
        tool.close()
    assert server.bodies == [
        {
            "model": "m",
            "prompt": prompts[0].text,
            "seed": str(prompts[0].seed),
            "size": "32x24",
            "n": "1",
            "quality": "high",
            "background": "opaque",
        }
    ]
    assert tool.options == ("low", "high")
    assert tool.cost(0) == Cost(seconds=9, money=0.01)
    assert tool.cost(1) == Cost(seconds=9, money=0.2)
    assert tool.expensive and tool.name == f"openai:{server.url}#m"


def test_the_fields_of_a_json_request():
    images, masks, options, prompts = one()
    with Server() as server:
        tool = make_tool(f"json:{server.origin}/edit#m?field.steps=4&field.scheduler=euler")
        tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    assert server.bodies == [
        {
            "model": "m",
            "prompt": prompts[0].text,
            "seed": prompts[0].seed,
            "option": "standard",
            "steps": 4,
            "scheduler": "euler",
        }
    ]


def test_no_proxy_stands_before_loopback(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    images, masks, options, prompts = one()
    with Server() as server:
        tool = ImagesEditTool(server.url, limits=ONCE)
        (edited,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    assert isinstance(edited, Edited)


def test_the_query_of_the_url_goes_along():
    images, masks, options, prompts = one()
    with Server() as server:
        tool = ImagesEditTool(f"{server.url}?api-version=2#m", limits=ONCE)
        (edited,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    assert isinstance(edited, Edited)
    assert server.requests[0].path == "/v1/images/edits"
    assert server.requests[0].query == "api-version=2"


@pytest.mark.parametrize("result", ["b64_json", "url"])
def test_a_whole_picture_is_sent_without_a_mask(result):
    (image,), (mask,), options, prompts = one()
    mask[:] = 255
    with Server(result=result) as server:
        tool = ImagesEditTool(server.url, limits=ONCE)
        (edited,) = tool.apply_prompted([image], [mask], options, prompts)
        tool.close()
    assert isinstance(edited, Edited)
    assert np.array_equal(edited.image, edit(image, None, prompts[0].text, prompts[0].seed))
    assert server.masks == [False]


def test_pixels_outside_stay_exact_unless_the_model_may_have_them():
    (image,), (mask,), options, prompts = one()
    whole = edit(image, None, prompts[0].text, prompts[0].seed)
    with Server(ignore_mask=True) as server:
        for outside, expected in (
            ("exact", np.where(mask[..., None] > 0, whole, image)),
            ("model", whole),
        ):
            tool = ImagesEditTool(server.url, limits=ONCE, settings=Settings(outside=outside))
            (edited,) = tool.apply_prompted([image], [mask], options, prompts)
            tool.close()
            assert isinstance(edited, Edited)
            assert np.array_equal(edited.image, expected)
            assert edited.image is not image


def test_after_remove_the_region_is_gone():
    images, masks, options, prompts = one()
    with Server() as server:
        tool = make_tool(f"openai:{server.url}#m?action=remove&target=region&name=eraser")
        assert (tool.name, tool.action, tool.target) == ("eraser", "remove", "region")
        (edited,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    assert isinstance(edited, Edited)
    assert not edited.mask.any() and edited.mask.shape == masks[0].shape


def test_a_result_of_another_size_is_resized_back():
    (image,), (mask,), options, prompts = one()
    with Server(scale=3) as server:
        tool = ImagesEditTool(server.url, limits=ONCE)
        (edited,) = tool.apply_prompted([image], [mask], options, prompts)
        tool.close()
    assert isinstance(edited, Edited)
    # Enlarged by repeating pixels, so the mean of each block is the pixel itself.
    assert np.array_equal(edited.image, edit(image, mask, prompts[0].text, prompts[0].seed))


def test_a_fixed_size_is_padded_and_cut_off_again():
    _, (mask,), options, prompts = one()
    image = np.full((24, 32, 3), (10, 200, 90), np.uint8)
    with Server() as server:
        tool = ImagesEditTool(server.url, limits=ONCE, size="96x96")
        (edited,) = tool.apply_prompted([image], [mask], options, prompts)
        tool.close()
    assert isinstance(edited, Edited)
    assert server.bodies[0]["size"] == "96x96" and server.sizes == [(96, 96)]
    # One colour, so resizing there and back changes nothing, wherever the padding was.
    assert np.array_equal(edited.image, edit(image, mask, prompts[0].text, prompts[0].seed))


def test_a_result_of_another_shape_is_no_result():
    images, masks, options, prompts = one()
    with Server(reshape=(40, 20)) as server:
        tool = ImagesEditTool(server.url, limits=FAST)
        (failure,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.attempts) == ("bad_response", 1)
    assert "another shape" in failure.detail


def test_a_picture_at_another_host_is_not_fetched():
    images, masks, options, prompts = one()
    with Server(result="url", result_host="localhost") as server:
        tool = ImagesEditTool(server.url, limits=FAST)
        (failure,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
        assert isinstance(failure, Failure) and failure.kind == "bad_response"
        assert server.count() == 1
        tool = ImagesEditTool(server.url, limits=FAST, result_hosts=["localhost"])
        (edited,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
        assert isinstance(edited, Edited)


def test_a_wrong_key_is_rejected_once():
    images, masks, options, prompts = one()
    with Server(key="right") as server:
        tool = ImagesEditTool(server.url, limits=FAST)
        (failure,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.attempts) == ("rejected", 1)
    assert "HTTP 401" in failure.detail


def test_moderation_is_a_refusal():
    images, masks, options, prompts = one()
    with Server(faults=Faults(1.0, ["moderation"])) as server:
        tool = ImagesEditTool(server.url, limits=FAST)
        (failure,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.attempts) == ("refusal", 1)


def test_openai_gets_no_seed():
    order = [[np.zeros((4, 4, 3), np.uint8)], [np.ones((4, 4), np.uint8)], [0], [Prompt("x", 3)]]
    tool = ImagesEditTool("https://api.openai.com/v1#gpt-image-1")
    assert "seed" not in _form(tool, order)
    assert "seed" in _form(ImagesEditTool("https://example.org/v1#m"), order)
    assert "seed" in _form(ImagesEditTool("https://api.openai.com/v1#m", send_seed=True), order)


def _form(tool, order):
    from editenv.models.remote_tools.base import Order

    question = tool._question(Order(order[0][0], order[1][0], "standard", order[3][0]))
    return question.build()["data"]


def test_prompts():
    tool = ImagesEditTool("http://127.0.0.1/v1")
    said = Wording("Make the kite teal, then lose the dog", "kite")
    assert tool.compose(said, 0) == (
        "Make the kite teal, then lose the dog. Change only the marked region (kite) and leave "
        "everything else as it is."
    )
    assert tool.compose(replace(said, words="make it teal!", label="whole image"), 0) == (
        "make it teal!"
    )
    own = Settings(template="{option}: {words} [{label}] {instruction}")
    assert (
        ImagesEditTool("http://127.0.0.1/v1", settings=own)
        .compose(said, 0)
        .startswith("standard: Make the kite teal, then lose the dog. [kite] Make")
    )
    free = Settings(template=lambda wording, option: wording.label.upper() + option)
    assert ImagesEditTool("http://127.0.0.1/v1", settings=free).compose(said, 0) == "KITEstandard"


def test_the_version_follows_the_settings():
    where = "http://127.0.0.1/v1#m"
    versions = {
        ImagesEditTool(where).version,
        ImagesEditTool(where, size="auto").version,
        ImagesEditTool(where, settings=Settings(fields={"steps": 4})).version,
        ImagesEditTool(where, settings=Settings(outside="model")).version,
        ImagesEditTool("http://127.0.0.1/v1#n").version,
    }
    assert len(versions) == 5
    assert ImagesEditTool(where).version == ImagesEditTool(where, limits=FAST).version


def test_a_tool_survives_a_pickle():
    images, masks, options, prompts = batch(2)
    with Server() as server:
        for tool in (ImagesEditTool(server.url + "#m"), JsonTool(server.origin + "/edit")):
            tool.apply_prompted(images, masks, options, prompts)
            copy = pickle.loads(pickle.dumps(tool))
            tool.close()
            assert copy.name == tool.name and copy.version == tool.version
            edits = copy.apply_prompted(images, masks, options, prompts)
            assert all(isinstance(edited, Edited) for edited in edits)
            copy.close()


def _edit_in_child(tool, work, results):
    results.put([isinstance(edited, Edited) for edited in tool.apply_prompted(*work)])
    tool.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_tool_survives_a_fork():
    work = batch(3)
    fork = multiprocessing.get_context("fork")
    with Server() as server:
        tool = ImagesEditTool(server.url)
        tool.apply_prompted(*work)
        results = fork.SimpleQueue()
        child = fork.Process(target=_edit_in_child, args=(tool, work, results))
        child.start()
        child.join(20)
        assert child.exitcode == 0
        assert results.get() == [True] * 3
        # The child's close left the parent's connections alone.
        edits = tool.apply_prompted(*work)
        tool.close()
        assert all(isinstance(edited, Edited) for edited in edits)
        assert server.count() == 9


def test_in_an_episode():
    with Server() as server:
        name = f"openai:{server.url}#m"
        env = gymnasium.make("ImageEdit-v0", tools=[name, "remove_mean"], edit_cache="off")
        assert env.spec is not None and name in env.spec.to_json()
        before = env.reset(seed=0)[0]["image"]
        after = env.step(np.array([0, 0, 0]))[0]["image"]
        env.close()
        (body,) = server.bodies
    assert np.array_equal(after, edit(before, None, body["prompt"], int(body["seed"])))


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("openai:http://h/v1#m?qualty=low", "unknown options"),
        ("openai:http://h/v1#m?quality=low,high&money=1,2,3", "money='1,2,3'"),
        ("openai:http://h/v1#m?money=free", "money='free'"),
        ("openai:http://h/v1#m?size=large", "size='large'"),
        ("openai:http://h/v1#m?outside=maybe", "outside='maybe'"),
        ("openai:http://h/v1#m?target=sky", "target='sky'"),
        ("openai:http://h/v1#m?send_seed=1", "send_seed='1'"),
        ("openai:http://h/v1#m?template={mood}", "template='{mood}'"),
        ("openai:http://h/v1#m?concurrency=0", "concurrency=0"),
        ("json:http://h/edit#?size=auto", "unknown options"),
        ("json:/some/path", "is no URL"),
        ("json:http://h:port/", "is no URL"),
    ],
)
def test_wrong_names(name, match):
    with pytest.raises(ValueError, match=match):
        make_tool(name)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"presets": {}}, "at least one option"),
        ({"presets": {"a": {}}, "costs": {"b": Cost()}}, "must be of the options"),
        ({"template": "{"}, "template="),
        ({"template": 3}, "template=3"),
    ],
)
def test_wrong_settings(arguments, match):
    with pytest.raises(ValueError, match=match):
        Settings(**arguments)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"limits": 3}, "limits=3"),
        ({"budget": 3}, "budget=3"),
        ({"key": "sentinel"}, "key .a str, not shown"),
    ],
)
def test_wrong_arguments(arguments, match):
    with pytest.raises(ValueError, match=match) as caught:
        ImagesEditTool("http://h/v1", **arguments)
    assert "sentinel" not in str(caught.value)


@pytest.mark.parametrize("bounds", [{"attempts": 1.5}, {"total": 0}, {"silence": float("inf")}])
def test_wrong_limits(bounds):
    with pytest.raises(ValueError, match=f"limits.{next(iter(bounds))}="):
        Limits(**bounds)
