# Dockerfiles as conftest hands them over: comments and instructions in order, each with the number of its stage, and no
# lines. A finding says which instruction it is about (index), comments not counted.
package lockstep.dockerfile

import data.lockstep.images
import rego.v1

files contains file if {
	some each in input
	is_array(each.contents)
	file := {"path": each.path, "contents": [command | some command in each.contents; command.Cmd != "comment"]}
}

deny contains found if {
	some file in files
	some use in uses(file)
	loose(use.image)
	images.floating(use.image)
	message := sprintf("the image %s means whatever is newest; %s", [use.image, pinning])
	found := finding(file, use.index, "image-latest", message)
}

deny contains found if {
	some file in files
	some use in uses(file)
	loose(use.image)
	not images.floating(use.image)
	message := sprintf("the image %s is not named by digest; %s", [use.image, pinning])
	found := finding(file, use.index, "image-digest", message)
}

deny contains found if {
	some file in files
	count(users(file)) == 0
	index := max({index | some index, command in file.contents; command.Cmd == "from"})
	message := "the image runs as root: end it with USER and an account without rights"
	found := finding(file, index, "root-user", message)
}

deny contains found if {
	some file in files
	index := max(users(file))
	user := file.contents[index].Value[0]
	regex.match(`^["']?(root|0)(:|["']?$)`, user)
	message := sprintf("the image runs as %s: name an account without rights", [user])
	found := finding(file, index, "root-user", message)
}

deny contains found if {
	some file in files
	some index, command in file.contents
	some name in variables(command)
	regex.match(secret, name)
	message := sprintf("%s stays in the image or its history, for all who have it; mount it: RUN --mount=type=secret", [name])
	found := finding(file, index, "secret-variable", message)
}

deny contains found if {
	some file in files
	some index, command in file.contents
	command.Cmd == "add"
	some position, source in command.Value
	position < count(command.Value) - 1
	regex.match(`(?i)^["']?((https?|ftp)://|git@)`, source)
	not checked(command, source)
	message := sprintf("ADD takes whatever %s serves that day; give it a digest: ADD --checksum=sha256:DIGEST", [source])
	found := finding(file, index, "remote-add", message)
}

pinning := "write NAME:TAG@sha256:DIGEST, or let `nox -s lint -- --fix` do so once [pins.images] in lockstep.toml names it"

secret := `(?i)^(\w+_)?(password|passwd|passphrase|pwd|secret|secret_?key|token|api_?key|access_?key|private_?key|credentials?)$`

checked(command, _) if {
	some flag in command.Flags
	regex.match(`^--checksum=sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$`, flag)
}

# A clone at a full commit.
checked(_, source) if regex.match(`#[0-9a-f]{40}(:|["']?$)`, source)

# What is given to the build is no fault of the file.
loose(image) if {
	not images.pinned(image)
	not regex.match(`(^|@)\$\{?\w+\}?$`, image)
}

# Images that are named, with variables as their defaults say; a stage is none.
uses(file) := {use |
	some index, command in file.contents
	some written in named(command)
	image := resolved(file, written)
	not is_stage(file, index, image)
	use := {"image": image, "index": index}
}

named(command) := {command.Value[0]} if {
	command.Cmd == "from"
	lower(command.Value[0]) != "scratch"
} else := {image |
	some flag in command.Flags
	startswith(flag, "--from=")
	image := trim_prefix(flag, "--from=")
} if {
	command.Cmd in {"copy", "add"}
} else := {match[1] |
	some flag in command.Flags
	startswith(flag, "--mount=")
	some match in regex.find_all_string_submatch_n(`[=,]from=([^,\s]+)`, flag, -1)
} if {
	command.Cmd == "run"
} else := set()

is_stage(file, index, image) if {
	some other, command in file.contents
	other < index
	command.Cmd == "from"
	lower(command.Value[2]) == lower(image)
}

is_stage(file, index, image) if {
	regex.match(`^[0-9]+$`, image)
	to_number(image) < count({other | some other, command in file.contents; other < index; command.Cmd == "from"})
}

resolved(file, written) := strings.replace_n(meanings, trim(written, `"'`)) if {
	parts := regex.find_n(`\$(\{\w+(:-[^}]*)?\}|\w+)`, written, -1)
	meanings := {part: meaning(file, part) | some part in parts}
}

meaning(file, part) := value if {
	name := regex.find_n(`\w+`, part, 1)[0]
	value := default_of(file, name)
	value != ""
} else := regex.replace(part, `^\$\{\w+:-(.+)\}$`, "$1")

# The last default of an ARG before the first stage.
default_of(file, name) := values[count(values) - 1] if {
	first := min({index | some index, command in file.contents; command.Cmd == "from"})
	values := [trim(trim_prefix(pair, concat("", [name, "="])), `"'`) |
		some index, command in file.contents
		index < first
		command.Cmd == "arg"
		some pair in command.Value
		startswith(pair, concat("", [name, "="]))
	]
	count(values) > 0
}

# The instructions USER of the last stage and of the stages that it is built on; the last of them counts.
users(file) := {index |
	some index, command in file.contents
	command.Cmd == "user"
	command.Stage in lineage(file)
}

lineage(file) := graph.reachable({stage: parents(file, stage) | some stage in stages(file)}, {max(stages(file))})

stages(file) := {command.Stage | some command in file.contents; command.Cmd == "from"}

parents(file, stage) := {parent.Stage |
	some command in file.contents
	command.Cmd == "from"
	command.Stage == stage
	some parent in file.contents
	parent.Cmd == "from"
	parent.Stage < stage
	lower(parent.Value[2]) == lower(command.Value[0])
}

# Names that a build or an image is given, but for those that hold nothing, or the path of a file.
variables(command) := {name |
	some position, name in command.Value
	position % 3 == 0
	regex.match(`^["']?[^/"'\s]`, command.Value[position + 1])
} if {
	command.Cmd == "env"
} else := {name |
	some pair in command.Value
	name := split(pair, "=")[0]
} if {
	command.Cmd == "arg"
} else := set()

finding(file, index, rule, message) := {
	"msg": message,
	"rule": rule,
	"severity": "high",
	"path": file.path,
	"index": index,
}
