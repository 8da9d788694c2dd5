"""Images in a layout."""

import json

import msgspec
import pytest

from lockstep.artifacts import layout
from tests.artifacts.packing import Store, image, index, tar

LAYER = tar({"a.txt": b"a\n"})


def test_an_image_is_its_settings_and_its_layers() -> None:
    store = Store()
    named = image(store, LAYER, config={"User": "10001"})
    (found,) = layout.images(named, store.blobs)
    assert found.settings.config == layout.Running(user="10001")
    assert str(found.settings.platform) == "linux/amd64"
    assert [each.size for each in found.manifest.layers] == [len(LAYER)]


def test_an_index_leads_to_an_image_for_each_platform() -> None:
    store = Store()
    both = index(store, image(store, LAYER), image(store, LAYER, architecture="arm64", variant="v8"))
    platforms = [str(each.settings.platform) for each in layout.images(both, store.blobs)]
    assert platforms == ["linux/amd64", "linux/arm64/v8"]


def test_all_that_an_image_consists_of_is_named_once() -> None:
    store = Store()
    both = index(store, image(store, LAYER), image(store, LAYER, architecture="arm64"))
    found = layout.parts(both, store.blobs)
    assert found == {digest: len(data) for digest, data in store.content.items()}


def test_images_of_several_platforms_are_joined_under_one_index_in_their_order() -> None:
    store = Store()
    arm, amd = image(store, LAYER, architecture="arm64", variant="v8"), image(store, LAYER)
    content, named = layout.joined([arm, amd], store.blobs)
    store.content[named.blob] = content
    assert [str(each.platform) for each in layout.manifests(named, store.blobs)] == ["linux/arm64/v8", "linux/amd64"]
    assert json.loads(content)["manifests"] == [
        {
            "mediaType": arm.media_type,
            "digest": arm.digest,
            "size": arm.size,
            "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
        },
        {
            "mediaType": amd.media_type,
            "digest": amd.digest,
            "size": amd.size,
            "platform": {"os": "linux", "architecture": "amd64"},
        },
    ]
    assert layout.joined([arm, amd], store.blobs) == (content, named)


def test_the_marks_of_a_layout_name_what_it_holds() -> None:
    store = Store()
    named = image(store, LAYER)
    marks = layout.marks(store.content[named.blob])
    assert layout.entry(marks["index.json"]) == named
    assert json.loads(marks["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    with pytest.raises(msgspec.ValidationError, match="mediaType"):
        layout.marks(b"{}")


def test_the_entry_of_a_layout_is_one() -> None:
    store = Store()
    named = image(store, LAYER)
    about = {"mediaType": named.media_type, "digest": named.digest, "size": named.size}
    assert layout.entry(json.dumps({"manifests": [about]}).encode()) == named
    with pytest.raises(ValueError, match="too many values"):
        layout.entry(json.dumps({"manifests": [about, about]}).encode())


def test_a_manifest_that_is_none_is_told() -> None:
    store = Store()
    named = layout.Descriptor("application/vnd.oci.image.manifest.v1+json", "sha256:" + "0" * 64, 2)
    store.content["0" * 64] = b"{}"
    with pytest.raises(msgspec.ValidationError):
        layout.images(named, store.blobs)
