"""Tools behind a server: OpenAI's images-edit protocol and a plain JSON endpoint."""

from editenv.models.remote_tools.images_edit import ImagesEditTool, make_images_edit_tool
from editenv.models.remote_tools.json_endpoint import JsonTool, make_json_tool
from editenv.models.remote_tools.settings import TEMPLATE, Settings

__all__ = [
    "TEMPLATE",
    "ImagesEditTool",
    "JsonTool",
    "Settings",
    "make_images_edit_tool",
    "make_json_tool",
]
