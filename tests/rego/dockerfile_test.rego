package lockstep.dockerfile_test

import data.lockstep.dockerfile
import data.lockstep.making
import rego.v1

digest := "sha256:5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"

pinned := concat("@", ["registry.example:5000/shop/orders:1.4", digest])

base := command("from", 0, [pinned, "AS", "build"])

account := command("user", 0, ["10001"])

test_by_digest_and_as_nobody_is_fine if {
	denied([base, account]) == set()
}

test_a_tag_is_not_enough if {
	denied([command("from", 0, ["registry.example:5000/shop/orders:1.4"]), account]) == {"image-digest"}
	denied([command("from", 0, ["orders:1.4@sha256:short"]), account]) == {"image-digest"}
}

test_latest_is_told_apart if {
	every image in ["nginx", "nginx:latest", "registry.example:5000/shop/orders"] {
		denied([command("from", 0, [image]), account]) == {"image-latest"}
	}
}

test_stages_and_scratch_are_no_images if {
	denied([base, command("from", 1, ["Build"]), command("user", 1, ["10001"])]) == set()
	denied([command("from", 0, ["scratch"]), account]) == set()
	copies := {"Cmd": "copy", "Stage": 0, "Flags": ["--from=BUILD"], "Value": ["a", "b"]}
	denied([base, copies, account]) == set()
	denied([base, object.union(copies, {"Flags": ["--from=0"]}), account]) == set()
	denied([base, object.union(copies, {"Flags": ["--from=1"]}), account]) == {"image-latest"}
	denied([command("from", 0, ["build", "AS", "build"]), account]) == {"image-latest"}
}

test_images_that_files_come_from if {
	copies := {"Cmd": "copy", "Stage": 0, "Flags": ["--chown=1", "--from=tools:1"], "Value": ["a", "b"]}
	denied([base, copies, account]) == {"image-digest"}
	mounts := {"Cmd": "run", "Stage": 0, "Flags": ["--mount=type=bind,from=tools:1,target=/x"], "Value": ["true"]}
	denied([base, mounts, account]) == {"image-digest"}
	denied([base, object.union(mounts, {"Flags": ["--mount=type=bind,from=build"]}), account]) == set()
	denied([base, command("run", 0, ["echo --from=tools:1"]), account]) == set()
}

test_variables_mean_their_defaults if {
	every written in ["$BASE", "${BASE}", "${BASE:-nginx:1}"] {
		denied([command("arg", 0, ["A=1", sprintf("BASE=\"%s\"", [pinned])]), command("from", 0, [written]), account]) == set()
		denied([command("arg", 0, ["BASE=python:3"]), command("from", 0, [written]), account]) == {"image-digest"}
	}
	denied([command("arg", 0, ["TAG=3"]), command("from", 0, ["python:$TAG"]), account]) == {"image-digest"}
	denied([command("from", 0, ["${BASE:-nginx:latest}"]), account]) == {"image-latest"}
	twice := [command("arg", 0, ["BASE=python:3"]), command("arg", 0, [concat("=", ["BASE", pinned])])]
	denied(array.concat(twice, [command("from", 0, ["$BASE"]), account])) == set()
	later := [base, command("arg", 0, ["BASE=python:3"]), command("from", 1, ["$BASE"]), command("user", 1, ["1"])]
	denied(later) == set()
	denied([command("arg", 0, ["BASE="]), command("from", 0, ["${BASE:-nginx:1}"]), account]) == {"image-digest"}
}

test_what_is_given_to_the_build_is_believed if {
	every written in ["$BASE", "${BASE}", "python@${DIGEST}"] {
		denied([command("arg", 0, ["BASE"]), command("from", 0, [written]), account]) == set()
	}
	denied([command("from", 0, ["python:${TAG}"]), account]) == {"image-digest"}
}

test_an_image_of_root_is_told if {
	denied([base]) == {"root-user"}
	every user in ["root", "0", "root:root", "0:0", `"root"`] {
		denied([base, command("user", 0, [user])]) == {"root-user"}
	}
	every user in ["10001", "app", "rootless", "${UID}", "01"] {
		denied([base, command("user", 0, [user])]) == set()
	}
}

test_the_last_user_counts if {
	denied([base, command("user", 0, ["root"]), command("run", 0, ["true"]), account]) == set()
	denied([base, account, command("user", 0, ["root"])]) == {"root-user"}
}

test_the_user_of_a_stage_is_that_of_what_it_is_built_on if {
	denied([base, account, command("from", 1, ["build"])]) == set()
	denied([base, account, command("from", 1, [pinned])]) == {"root-user"}
	denied([base, account, command("from", 1, ["build"]), command("user", 1, ["0"])]) == {"root-user"}
}

test_secrets_in_variables if {
	every name in ["NPM_TOKEN", "password", "AWS_SECRET_ACCESS_KEY", "DB_PWD", "GOOGLE_CREDENTIALS", "APIKEY"] {
		denied([base, command("arg", 0, [name]), account]) == {"secret-variable"}
		denied([base, command("arg", 0, [concat("=", [name, "x"])]), account]) == {"secret-variable"}
		denied([base, command("env", 0, ["A", "1", "=", name, `"$X"`, "="]), account]) == {"secret-variable"}
		every value in ["", `""`, "/run/secrets/it", `"/run/secrets/it"`] {
			denied([base, command("env", 0, [name, value, "="]), account]) == set()
		}
	}
	every name in ["TOKEN_FILE", "PASSWORDLESS", "MONKEY", "CACHE_KEY_PREFIX", "TOKENS"] {
		denied([base, command("env", 0, [name, "x", "="]), account]) == set()
		denied([base, command("arg", 0, [name]), account]) == set()
	}
	denied([base, command("env", 0, ["A", "TOKEN", "="]), account]) == set()
}

test_downloads_without_a_digest if {
	every source in ["https://x.example/a", "HTTP://x.example/a", "git@x.example:a/b.git", `"ftp://x.example/a"`] {
		denied([base, command("add", 0, ["b", source, "/a"]), account]) == {"remote-add"}
	}
	denied([base, command("add", 0, ["a", "https://x.example/a"]), account]) == set()
	denied([base, command("copy", 0, ["https", "/a"]), account]) == set()
	clone := "https://x.example/a.git#0123456789abcdef0123456789abcdef01234567"
	denied([base, command("add", 0, [clone, "/a"]), account]) == set()
	added := {"Cmd": "add", "Stage": 0, "Flags": [concat("=", ["--checksum", digest])], "Value": ["https://x.example/a", "/a"]}
	denied([base, added, account]) == set()
	denied([base, object.union(added, {"Flags": ["--checksum=sha256:5e"]}), account]) == {"remote-add"}
}

test_a_finding_says_which_instruction_it_is_about if {
	some found in dockerfile.deny with input as file([base, account, command("add", 0, ["https://x.example/a", "/a"])])
	found.index == 2
	found.path == "0.dockerfile"
}

test_comments_are_no_instructions if {
	comment := {"Cmd": "comment", "Stage": 0, "Flags": null, "SubCmd": "", "Value": ["ADD https://x.example/a /a"]}
	some found in dockerfile.deny with input as file([comment, base, comment, account, command("arg", 0, ["TOKEN"])])
	found.index == 2
	denied([comment]) == set()
}

test_other_files_are_none_of_these if {
	count(dockerfile.deny) == 0 with input as making.hcl("aws_instance", {})
	count(dockerfile.deny) == 0 with input as [{"path": "list.yaml", "contents": [{"uses": "a"}]}, {"path": "a", "contents": []}]
	denied([command("arg", 0, ["A=1"])]) == set()
}

command(name, stage, values) := {"Cmd": name, "Stage": stage, "Flags": [], "Value": values}

file(commands) := [{"path": "0.dockerfile", "contents": commands}]

denied(commands) := making.rules(found) if found := dockerfile.deny with input as file(commands)
