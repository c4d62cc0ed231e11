"""The container and Kubernetes files, read as their own tools read them: schemas only, no cluster and no registry here. The lock of
the image is part of ours, and what the files set is there to be set."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from docs import generate
from gateway.agents import catalogue
from gateway.policy.compile import compile_policy
from gateway.settings import DEFAULT_DRAIN
from tests.engines import need_module

ROOT = Path(__file__).parents[2]
CONTAINER, KUBERNETES = ROOT / "deploy/container", ROOT / "deploy/kubernetes/izin.yaml"
OPTIONS = {option.opts[-1]: option.envvar for option in generate.serve_settings()}
MANIFESTS = list(yaml.safe_load_all(KUBERNETES.read_text("utf-8")))


def test_kubernetes_knows_all_that_is_said():
    validate = need_module("kubernetes_validate", "PyPI package kubernetes-validate, `make engines`").validate
    for one in MANIFESTS:
        validate(one, "1.37", strict=True)


def test_pods_are_restricted_drain_in_time_and_are_asked_at_ports_that_they_have():
    (sets,) = (one for one in MANIFESTS if one["kind"] == "StatefulSet")
    pod = sets["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] > pause + DEFAULT_DRAIN + 10
    ports = {port["name"] for port in container["ports"]}
    probes = {container[f"{name}Probe"]["httpGet"]["port"] for name in ("startup", "readiness", "liveness")}
    assert probes <= ports
    assert {one["name"] for one in container["env"]} <= set(OPTIONS.values())
    mounted = {one["name"] for one in container["volumeMounts"]}
    assert mounted == {
        *(volume["name"] for volume in pod["volumes"]),
        *(claim["metadata"]["name"] for claim in sets["spec"]["volumeClaimTemplates"]),
    }
    labels = sets["spec"]["template"]["metadata"]["labels"]
    for one in MANIFESTS:
        chosen = one.get("spec", {}).get("selector") or one.get("spec", {}).get("podSelector")
        assert chosen is None or chosen.get("matchLabels", chosen) == labels


def test_the_policy_of_the_manifest_is_sound():
    (config,) = (one for one in MANIFESTS if one["kind"] == "ConfigMap")
    files = {name: text.encode() for name, text in config["data"].items()}
    assert compile_policy(files, catalogue()).warnings == ()


def test_compose_knows_all_that_is_said():
    read = need_module("compose_spec", "PyPI package compose-spec, `make engines`").PyCompose
    text = (CONTAINER / "compose.yaml").read_text("utf-8")
    found = read.from_yaml(text)
    found.validate()
    with pytest.raises(ValueError, match="read_onyl"):
        read.from_yaml(text.replace("read_only:", "read_onyl:"))
    said = yaml.safe_load(text)["services"]
    assert set(found.service_names()) == said.keys()
    flags = [word for word in said["izin"]["command"] if word.startswith("--")]
    assert flags
    assert set(flags) <= OPTIONS.keys()
    for one in said.values():
        assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"])
        assert one["security_opt"] == ["no-new-privileges:true"]


def test_the_image_has_no_root_and_takes_what_there_is():
    text = re.sub(r"\\\n", " ", (CONTAINER / "Containerfile").read_text("utf-8"))
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    last = steps[max(at for at, (word, _) in enumerate(steps) if word == "FROM") :]
    said = dict(last)
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", said["USER"])
    assert said["STOPSIGNAL"] == "SIGTERM"
    assert "HEALTHCHECK" in said
    words = {word for word, _ in steps}
    assert words <= {
        *("ARG", "FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE"),
        *("STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
    }
    variables = re.findall(r"\b(IZIN_[A-Z_]+)=", said["ENV"])
    assert set(variables) <= set(OPTIONS.values())
    allowed = (CONTAINER / "Containerfile.dockerignore").read_text("utf-8").splitlines()
    for word, rest in steps:
        if word == "COPY" and not rest.startswith("--from"):
            for source in shlex.split(rest)[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in allowed


def test_the_image_holds_what_the_tests_ran_with():
    whole, image = (
        set(re.findall(r"^([\w.-]+==[^\s;]+)", path.read_text("utf-8"), re.MULTILINE))
        for path in (ROOT / "requirements.lock", CONTAINER / "requirements.lock")
    )
    assert image
    assert image <= whole, "`make lock` writes both"
