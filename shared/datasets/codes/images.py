"""Codes of images in messages."""

from shared.datasets.codes.kinds import Code, Scope, Severity

_E, _W, _I = Severity
_EXAMPLE = Scope.EXAMPLE

CODES = (
    Code("image_in_assistant", _E, _EXAMPLE, "An assistant message has an image."),
    Code("image_url_invalid", _E, _EXAMPLE, "An image is neither an https URL nor a base64 data URL of an image."),
    Code("image_format_unsupported", _E, _EXAMPLE, "An image is not JPEG, PNG or WebP, whatever its label says."),
    Code("image_mode_unsupported", _E, _EXAMPLE, "An image is not RGB or RGBA."),
    Code("image_too_large", _E, _EXAMPLE, "An image has more than 10 MB."),
    Code("image_decode_failed", _E, _EXAMPLE, "An image is broken or cut off."),
    Code("too_many_images", _E, _EXAMPLE, "A row has more images than the target takes."),
    Code("image_detail_invalid", _E, _EXAMPLE, "An image's detail is not low, high or auto."),
    Code("image_not_checked", _I, _EXAMPLE, "An image is a URL; it is not fetched, so nothing is known of it."),
)
