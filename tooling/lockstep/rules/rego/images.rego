# What runs is named by digest: a tag can come to mean something else.
package lockstep.images

import data.lockstep.resources
import rego.v1

deny contains found if {
	some use in uses
	not pinned(use.image)
	not resources.later(use.image)
	floating(use.image)
	found := object.union(use.place, {
		"msg": sprintf("the image %s means whatever is newest; name it by digest", [use.image]),
		"rule": "image-latest",
		"severity": "high",
		"needle": use.image,
	})
}

deny contains found if {
	some use in uses
	not pinned(use.image)
	not resources.later(use.image)
	not floating(use.image)
	found := object.union(use.place, {
		"msg": sprintf("the image %s is not named by digest (NAME:TAG@sha256:DIGEST)", [use.image]),
		"rule": "image-digest",
		"severity": "high",
		"needle": use.image,
	})
}

pinned(image) if regex.match(`@sha256:[0-9a-f]{64}$`, image)

# Without a tag it is `latest` that is meant; a colon before a slash is a port.
floating(image) if endswith(image, ":latest")

floating(image) if not contains(regex.replace(image, `^.*/`, ""), ":")

# Kubernetes: containers of whatever has a pod in it.
uses contains use if {
	some file in input
	is_string(file.contents.apiVersion)
	walk(file.contents, [_, node])
	some key in ["containers", "initContainers", "ephemeralContainers"]
	some container in node[key]
	is_string(container.image)
	use := {"image": container.image, "place": {
		"path": file.path,
		"type": file.contents.kind,
		"name": object.get(file.contents, ["metadata", "name"], ""),
	}}
}

# Compose: images that are pulled, not built.
uses contains use if {
	some file in input
	regex.match(`(^|/)(docker-)?compose[^/]*\.ya?ml$`, file.path)
	some name, service in file.contents.services
	is_string(service.image)
	not service.build
	use := {"image": service.image, "place": {"path": file.path, "type": "service", "name": name}}
}

# Terraform: functions, and tasks whose containers are written in the configuration.
uses contains use if {
	some resource in resources.all
	resource.type == "aws_lambda_function"
	use := {"image": resource.values.image_uri, "place": placed(resource)}
}

uses contains use if {
	some resource in resources.all
	resource.type == "aws_ecs_task_definition"
	definitions := resource.values.container_definitions
	some match in regex.find_all_string_submatch_n(`\\?"?\bimage\\?"?\s*[:=]\s*\\?"([^"\\]+)`, definitions, -1)
	use := {"image": match[1], "place": placed(resource)}
}

uses contains use if {
	some resource in resources.all
	startswith(resource.type, "kubernetes_")
	walk(resource.values, [_, node])
	some key in ["container", "init_container"]
	some container in resources.blocks(node, key)
	is_string(container.image)
	use := {"image": container.image, "place": placed(resource)}
}

placed(resource) := {"path": resource.path, "type": resource.type, "name": resource.name}
