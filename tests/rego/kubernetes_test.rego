package lockstep.kubernetes_test

import data.lockstep.kubernetes
import data.lockstep.making
import rego.v1

pod(key, container) := [{"path": "deploy/a.yaml", "contents": {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "orders"},
	"spec": {key: [object.union({"name": "orders"}, container)]},
}}]

adding(name) := {"securityContext": {"capabilities": {"add": [name]}}}

test_no_container_adds_what_leads_out_of_it if {
	every key in ["containers", "initContainers", "ephemeralContainers"] {
		making.rules(kubernetes.deny) == {"container-power"} with input as pod(key, adding("SYS_ADMIN"))
	}
	making.rules(kubernetes.deny) == {"container-power"} with input as pod("containers", adding("CAP_SYS_MODULE"))
	count(kubernetes.deny) == 0 with input as pod("containers", adding("NET_BIND_SERVICE"))
}

test_no_container_is_privileged if {
	given := {"securityContext": {"privileged": true}}
	making.rules(kubernetes.deny) == {"privileged-container"} with input as pod("ephemeralContainers", given)
	count(kubernetes.deny) == 0 with input as pod("containers", {"securityContext": {"privileged": false}})
}

test_no_volume_is_the_runtimes_socket if {
	every path in ["/var/run/docker.sock", "/run/containerd/containerd.sock", "/var/run/crio/crio.sock", "/var/run/docker", "/run/", "/"] {
		making.rules(kubernetes.deny) == {"runtime-socket"} with input as mounted(path)
	}
	every path in ["/var/lib/orders", "/run/orders", "/var/run/orders.sock"] {
		count(kubernetes.deny) == 0 with input as mounted(path)
	}
}

mounted(path) := [{"path": "deploy/a.yaml", "contents": {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": "orders"},
	"spec": {"template": {"spec": {"volumes": [{"name": "one", "hostPath": {"path": path}}]}}},
}}]

test_other_yaml_is_left_alone if {
	count(kubernetes.deny) == 0 with input as [{"path": "a.yaml", "contents": {"containers": [adding("ALL")]}}]
}
