package lockstep.images_test

import data.lockstep.images
import data.lockstep.making
import rego.v1

pinned := "registry.example:5000/shop/orders:1.4@sha256:5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"

pod(image) := [{"path": "k8s/p.yaml", "contents": {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "p"},
	"spec": {"containers": [{"image": image}]},
}}]

test_an_image_by_digest_is_fine if {
	count(images.deny) == 0 with input as pod(pinned)
}

test_a_tag_is_not_enough if {
	making.rules(images.deny) == {"image-digest"} with input as pod("registry.example:5000/shop/orders:1.4")
	making.rules(images.deny) == {"image-digest"} with input as pod("orders:1.4@sha256:short")
}

test_latest_is_told_apart if {
	every image in ["nginx", "nginx:latest", "registry.example:5000/shop/orders"] {
		making.rules(images.deny) == {"image-latest"} with input as pod(image)
	}
}

test_containers_are_found_at_any_depth if {
	job := {"path": "k8s/j.yaml", "contents": {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "j"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": {"initContainers": [{"image": "nginx"}]}}}}}}}
	some found in images.deny with input as [job]
	found.needle == "nginx"
}

test_compose_pulls_by_digest if {
	count(images.deny) == 1 with input as file({"image": "nginx:1"})
	count(images.deny) == 0 with input as file({"image": pinned})
	count(images.deny) == 0 with input as file({"image": "shop/web:dev", "build": "."})
}

test_functions_and_tasks_in_terraform if {
	making.rules(images.deny) == {"image-digest"} with input as making.hcl("aws_lambda_function", {"image_uri": "shop/web:1"})
	count(images.deny) == 0 with input as making.hcl("aws_lambda_function", {"image_uri": "${var.image}"})
	task := {"container_definitions": "${jsonencode([{ name = \"web\", image = \"shop/web:1\" }])}"}
	making.rules(images.deny) == {"image-digest"} with input as making.hcl("aws_ecs_task_definition", task)
	planned := {"container_definitions": `[{"image":"nginx","name":"web"}]`}
	making.rules(images.deny) == {"image-latest"} with input as making.plan("aws_ecs_task_definition", planned, {})
	deployment := {"spec": [{"template": [{"spec": [{"container": [{"image": "nginx"}]}]}]}]}
	making.rules(images.deny) == {"image-latest"} with input as making.hcl("kubernetes_deployment", deployment)
}

file(service) := [{"path": "compose.yaml", "contents": {"services": {"web": service}}}]
