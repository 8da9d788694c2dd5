# No container has the powers of its node.
package lockstep.kubernetes

import rego.v1

# Each of these leads out of the container.
powers := {
	"ALL", "BPF", "DAC_READ_SEARCH", "NET_ADMIN", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO",
}

# Sockets of runtimes, and folders that hold them.
sockets := `/(docker|containerd|crio|cri-dockerd|podman|buildkitd)\.sock$|^/((var/)?run(/(docker|containerd|crio|podman))?/?)?$`

deny contains found if {
	some each in containers
	some name in each.container.securityContext.capabilities.add
	power := trim_prefix(upper(name), "CAP_")
	power in powers
	message := sprintf("the container %s may do what its node may: it adds %s", [each.container.name, power])
	found := object.union(each.place, {"rule": "container-power", "msg": message, "severity": "high", "needle": name})
}

deny contains found if {
	some each in containers
	each.container.securityContext.privileged == true
	message := sprintf("the container %s is privileged", [each.container.name])
	found := object.union(each.place, {"rule": "privileged-container", "msg": message, "severity": "critical", "needle": "privileged"})
}

deny contains found if {
	some file in input
	is_string(file.contents.apiVersion)
	walk(file.contents, [_, node])
	some volume in node.volumes
	socket := volume.hostPath.path
	regex.match(sockets, socket)
	message := sprintf("the volume %s gives its node to whoever mounts it: %s", [volume.name, socket])
	found := object.union(place(file), {"rule": "runtime-socket", "msg": message, "severity": "critical", "needle": socket})
}

containers contains each if {
	some file in input
	is_string(file.contents.apiVersion)
	walk(file.contents, [_, node])
	some key in ["containers", "initContainers", "ephemeralContainers"]
	some container in node[key]
	each := {"container": container, "place": place(file)}
}

place(file) := {
	"path": file.path,
	"type": file.contents.kind,
	"name": object.get(file.contents, ["metadata", "name"], ""),
}
