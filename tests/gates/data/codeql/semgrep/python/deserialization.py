"""Parsers that trust their data, and parsers that do not."""

import copy
import json
import marshal
import pickle
import shelve
import shutil
import tarfile
import xml.etree.ElementTree as ET
import zipfile
from pickle import loads
from tarfile import TarFile
from tarfile import open as open_tar
from xml.dom import minidom
from xml.sax import handler, make_parser

import defusedxml.ElementTree
import numpy as np
import ruamel.yaml
import torch
import yaml
from lxml import etree
from yaml import Loader, SafeLoader, load


def objects(path, data):
    with open(path, "rb") as file:
        # ruleid: lockstep-python-unsafe-pickle
        first = pickle.load(file)
    # ruleid: lockstep-python-unsafe-pickle
    second = loads(data)
    # ruleid: lockstep-python-unsafe-pickle
    third = marshal.loads(data)
    # ruleid: lockstep-python-unsafe-pickle
    fourth = shelve.open(path)
    # ruleid: lockstep-python-unsafe-pickle
    fifth = np.load(path, mmap_mode="r", allow_pickle=True)
    # ruleid: lockstep-python-unsafe-pickle
    sixth = torch.load(path, weights_only=False)
    return first, second, third, fourth, fifth, sixth


def plain(path, data, value):
    # ok: lockstep-python-unsafe-pickle
    first = json.loads(data)
    # ok: lockstep-python-unsafe-pickle
    second = pickle.dumps(value)
    # ok: lockstep-python-unsafe-pickle
    third = pickle.loads(pickle.dumps(value))
    # ok: lockstep-python-unsafe-pickle
    fourth = np.load(path)
    # ok: lockstep-python-unsafe-pickle
    fifth = torch.load(path, weights_only=True)
    raw = pickle.dumps(value)
    # ok: lockstep-python-unsafe-pickle
    sixth = pickle.loads(raw)
    return first, second, third, fourth, fifth, sixth, copy.deepcopy(value)


class PlainLoader(yaml.SafeLoader):
    """Safe, with a tag of its own."""


def documents(stream):
    # ruleid: lockstep-python-yaml-unsafe-load
    first = yaml.load(stream)
    # ruleid: lockstep-python-yaml-unsafe-load
    second = yaml.load(stream, Loader=yaml.FullLoader)
    # ruleid: lockstep-python-yaml-unsafe-load
    third = load(stream, Loader=Loader)
    # ruleid: lockstep-python-yaml-unsafe-load
    fourth = yaml.load(stream, yaml.UnsafeLoader)
    # ruleid: lockstep-python-yaml-unsafe-load
    fifth = yaml.unsafe_load(stream)
    # ruleid: lockstep-python-yaml-unsafe-load
    sixth = ruamel.yaml.YAML(typ="unsafe").load(stream)
    return first, second, third, fourth, fifth, sixth


def safe_documents(stream):
    # ok: lockstep-python-yaml-unsafe-load
    first = yaml.safe_load(stream)
    # ok: lockstep-python-yaml-unsafe-load
    second = yaml.load(stream, Loader=yaml.SafeLoader)
    # ok: lockstep-python-yaml-unsafe-load
    third = load(stream, Loader=SafeLoader)
    # ok: lockstep-python-yaml-unsafe-load
    fourth = yaml.load(stream, Loader=yaml.CSafeLoader)
    # ok: lockstep-python-yaml-unsafe-load
    fifth = yaml.load(stream, Loader=PlainLoader)
    # ok: lockstep-python-yaml-unsafe-load
    sixth = ruamel.yaml.YAML(typ="safe").load(stream)
    # ok: lockstep-python-yaml-unsafe-load
    return first, second, third, fourth, fifth, sixth, json.load(stream)


def entities(source):
    # ruleid: lockstep-python-xml-external-entities
    open_parser = etree.XMLParser(resolve_entities=True)
    # ruleid: lockstep-python-xml-external-entities
    network_parser = etree.XMLParser(remove_blank_text=True, no_network=False)
    reader = make_parser()
    # ruleid: lockstep-python-xml-external-entities
    reader.setFeature(handler.feature_external_ges, True)
    # ok: lockstep-python-xml-external-entities
    reader.setFeature(handler.feature_external_ges, False)
    # ok: lockstep-python-xml-external-entities
    closed = etree.XMLParser(resolve_entities=False, no_network=True)
    # ok: lockstep-python-xml-external-entities
    tree = etree.parse(source, closed)
    return tree, open_parser, network_parser


def trees(source, text):
    # ruleid: lockstep-python-xml-default-parser
    first = ET.parse(source)
    # ruleid: lockstep-python-xml-default-parser
    second = etree.fromstring(text)
    # ruleid: lockstep-python-xml-default-parser
    third = minidom.parseString(text)
    # ok: lockstep-python-xml-default-parser
    fourth = defusedxml.ElementTree.parse(source)
    # ok: lockstep-python-xml-default-parser
    fifth = ET.fromstring("<shop/>")
    # ok: lockstep-python-xml-default-parser
    sixth = etree.fromstring(text, parser=etree.XMLParser(resolve_entities=False))
    # ok: lockstep-python-xml-default-parser
    return ET.tostring(first), second, third, fourth, fifth, sixth


def read_without_declarations(text):
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("declarations are refused")
    # ok: lockstep-python-xml-default-parser
    return ET.fromstring(text)


def unpack(path, folder, given: TarFile):
    archive = tarfile.open(path)
    # ruleid: lockstep-python-tar-extract-all
    archive.extractall(folder)
    with open_tar(path, "r:gz") as other:
        # ruleid: lockstep-python-tar-extract-all
        other.extractall(path=folder, members=other.getmembers())
    # ruleid: lockstep-python-tar-extract-all
    tarfile.open(path).extractall(folder, filter="fully_trusted")
    # ruleid: lockstep-python-tar-extract-all
    given.extractall()


def unpack_well(path, folder, given: TarFile):
    with tarfile.open(path) as archive:
        # ok: lockstep-python-tar-extract-all
        archive.extractall(folder, filter="data")
    # ok: lockstep-python-tar-extract-all
    given.extractall(folder, filter=tarfile.data_filter)
    with zipfile.ZipFile(path) as other:
        # ok: lockstep-python-tar-extract-all
        other.extractall(folder)
    # ok: lockstep-python-tar-extract-all
    shutil.unpack_archive(path, folder, filter="data")
