"""Tools behind a server: OpenAI's images-edit protocol and a plain JSON endpoint."""

from editenv.tools.remote.images_edit import ImagesEditTool
from editenv.tools.remote.json_endpoint import JsonTool
from editenv.tools.remote.names import make_images_edit_tool, make_json_tool
from editenv.tools.remote.prompt import TEMPLATE
from editenv.tools.remote.settings import Settings

__all__ = [
    "TEMPLATE",
    "ImagesEditTool",
    "JsonTool",
    "Settings",
    "make_images_edit_tool",
    "make_json_tool",
]
