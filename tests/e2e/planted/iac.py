"""What only iac-scan sees: each file is well formed and formatted, and nothing else is wrong with it.

Most are in a stack of their own, which is as it should be but for the one thing.
"""

from tests.e2e.planting import Defect, Edit, Replace, Write

STACK = "iac/receipts"
MAIN = f"{STACK}/main.tf"
NETWORK = "iac/network/main.tf"

VERSIONS = """\
terraform {
  required_version = ">= 1.6.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
  }
}

variable "vpc_id" {
  description = "The network that the receipts are served in."
  type        = string
}
"""

RECEIPTS = """\
# Where receipts are kept: a bucket, a log of who read them, and who may come near.
locals {
  tags = {
    env         = "dev"
    service     = "receipts"
    tenant      = "shared"
    owner       = "platform"
    cost_center = "cc-1000"
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Account"
    actions   = ["kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["arn:aws:kms:ca-central-1:111122223333:key/receipts"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:role/receipts"]
    }
  }
}

resource "aws_kms_key" "receipts" {
  description         = "Receipts at rest."
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
  tags                = local.tags
}

resource "aws_s3_bucket" "receipts" {
  bucket = "northwind-receipts"

  tags = {
    env         = "dev"
    service     = "receipts"
    tenant      = "shared"
    owner       = "platform"
    cost_center = "cc-1000"
  }
}

resource "aws_s3_bucket_acl" "receipts" {
  bucket = aws_s3_bucket.receipts.id
  acl    = "private"
}

resource "aws_s3_bucket_public_access_block" "receipts" {
  bucket                  = aws_s3_bucket.receipts.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "receipts" {
  bucket = aws_s3_bucket.receipts.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.receipts.arn
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.receipts.arn, "${aws_s3_bucket.receipts.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "receipts" {
  bucket = aws_s3_bucket.receipts.id
  policy = data.aws_iam_policy_document.bucket.json
}

resource "aws_cloudwatch_log_group" "reads" {
  name              = "/receipts/reads"
  kms_key_id        = aws_kms_key.receipts.arn
  retention_in_days = 400
  tags              = local.tags
}

resource "aws_security_group" "receipts" {
  name        = "receipts"
  description = "Who may come near the receipts."
  vpc_id      = var.vpc_id
  tags        = local.tags

  ingress {
    description = "From the services."
    from_port   = 8443
    to_port     = 8443
    protocol    = "tcp"
    cidr_blocks = ["10.20.0.0/16"]
  }
}
"""

CLEAN: tuple[Edit, ...] = (Write(f"{STACK}/versions.tf", VERSIONS), Write(MAIN, RECEIPTS))

_LISTENER = """
resource "aws_lb_listener" "plain" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:ca-central-1:111122223333:loadbalancer/app/receipts/1"
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = "arn:aws:elasticloadbalancing:ca-central-1:111122223333:targetgroup/receipts/1"
  }
}
"""

_INTERNET = """
resource "aws_vpc_security_group_ingress_rule" "anyone" {
  security_group_id = aws_security_group.receipts.id
  description       = "From anywhere."
  cidr_ipv6         = "::/0"
  from_port         = 8443
  to_port           = 8443
  ip_protocol       = "tcp"
}
"""

_ADMIN = """
resource "aws_iam_policy" "all" {
  name = "receipts-all"
  tags = local.tags
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}
"""

_EXCUSED = """
resource "aws_iam_policy" "all" {
  #checkov:skip=CKV_AWS_62:it was like that before
  name = "receipts-all"
  tags = local.tags
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}
"""

_MODULE = """
module "audit" {
  source = "git::https://git.northwind.example/modules/audit.git"
}
"""

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: orders
  namespace: shop
spec:
  selector:
    matchLabels:
      app: orders
  template:
    metadata:
      labels:
        app: orders
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: orders
          image: {image}
          securityContext:
            allowPrivilegeEscalation: {escalation}
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
"""

_INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: orders
  namespace: shop
spec:
  rules:
    - host: orders.northwind.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: orders
                port:
                  number: 8080
"""

_TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: The queue of receipts to print.
Resources:
  Receipts:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: receipts
      KmsMasterKeyId: alias/receipts
      Tags:
        - { Key: env, Value: dev }
        - { Key: service, Value: receipts }
        - { Key: tenant, Value: shared }
        - { Key: owner, Value: platform }
        - { Key: cost_center, Value: cc-1000 }
      Retention: 4 days
"""

_LOGS = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: What the printers say.
Resources:
  Printers:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: printers
      KmsKeyId: arn:aws:kms:ca-central-1:111122223333:key/printers
      Tags:
        - { Key: env, Value: dev }
        - { Key: service, Value: receipts }
        - { Key: tenant, Value: shared }
        - { Key: owner, Value: platform }
        - { Key: cost_center, Value: cc-1000 }
"""

_PLAN = """\
{
  "format_version": "1.2",
  "terraform_version": "1.9.0",
  "planned_values": { "root_module": {} },
  "resource_changes": [
    {
      "address": "module.store.aws_s3_bucket_acl.scans",
      "mode": "managed",
      "type": "aws_s3_bucket_acl",
      "name": "scans",
      "provider_name": "registry.terraform.io/hashicorp/aws",
      "change": {
        "actions": ["create"],
        "before": null,
        "after": { "bucket": "northwind-scans", "acl": "public-read-write" },
        "after_unknown": { "id": true }
      }
    }
  ],
  "configuration": { "root_module": {} }
}
"""

_DIGEST = "registry.northwind.example/orders:1.4@sha256:" + "5e" * 32


def _stack(name: str, rule: str, old: str, new: str, at: str) -> Defect:
    """Return a defect of the stack: `new` in place of `old`."""
    if RECEIPTS.count(old) != 1:
        raise ValueError(f"{old!r} stands there {RECEIPTS.count(old)} times, not once")
    return _written(name, rule, MAIN, RECEIPTS.replace(old, new), at, CLEAN[:1])


def _more(name: str, rule: str, text: str, at: str) -> Defect:
    """Return a defect of the stack: something more in it."""
    return _written(name, rule, MAIN, RECEIPTS + text, at, CLEAN[:1])


def _written(name: str, rule: str, path: str, text: str, at: str, edits: tuple[Edit, ...] = ()) -> Defect:
    return Defect(id=f"iac-{name}", gate="iac-scan", path=path, rule=rule, at=(at,), edits=(*edits, Write(path, text)))


def _deployment(name: str, rule: str, image: str, escalation: str, at: str) -> Defect:
    text = _DEPLOYMENT.format(image=image, escalation=escalation)
    return _written(name, rule, "deploy/orders.yaml", text, at)


def _network(name: str, rule: str, old: str, new: str, at: str) -> Defect:
    edits = (Replace(NETWORK, old, new),)
    return Defect(id=f"iac-{name}", gate="iac-scan", path=NETWORK, rule=rule, at=(at,), edits=edits)


_BUCKET = 'resource "aws_s3_bucket" "receipts"'
_OWNER = '    owner       = "platform"\n'
_COST = '    cost_center = "cc-1000"\n  }\n}\n\nresource "aws_s3_bucket_acl"'
_KEYED = """\
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.receipts.arn
"""
_KEPT = """\
  name              = "/receipts/reads"
  kms_key_id        = aws_kms_key.receipts.arn
  retention_in_days = 400
  tags              = local.tags
"""
_FOR_EVER = """\
  name       = "/receipts/reads"
  kms_key_id = aws_kms_key.receipts.arn
  tags       = local.tags
"""
_TLS = '"aws:SecureTransport"'

IAC = (
    _stack("public-bucket", "s3-public-acl", '"private"', '"public-read"', 'resource "aws_s3_bucket_acl" "receipts"'),
    _stack(
        "public-access",
        "s3-public-access-block",
        "block_public_policy     = true",
        "block_public_policy     = false",
        'resource "aws_s3_bucket_public_access_block" "receipts"',
    ),
    _stack(
        "missing-tag",
        "required-tags",
        f"{_OWNER}{_COST}",
        _COST,
        _BUCKET,
    ),
    _stack("open-group", "open-network", '"10.20.0.0/16"', '"0.0.0.0/0"', 'resource "aws_security_group" "receipts"'),
    _more("open-rule", "open-network", _INTERNET, 'resource "aws_vpc_security_group_ingress_rule" "anyone"'),
    _stack("plain-bucket", "tls-bucket", _TLS, '"aws:PrincipalIsAWSService"', _BUCKET),
    _more("plain-listener", "tls-listener", _LISTENER, 'resource "aws_lb_listener" "plain"'),
    _stack("no-key", "kms-key", _KEYED, '      sse_algorithm = "AES256"\n', _BUCKET),
    _stack(
        "log-key",
        "kms-key",
        "  kms_key_id        = aws_kms_key.receipts.arn\n",
        "",
        'resource "aws_cloudwatch_log_group" "reads"',
    ),
    _stack(
        "log-retention",
        "log-retention",
        _KEPT,
        _FOR_EVER,
        'resource "aws_cloudwatch_log_group" "reads"',
    ),
    _more("all-rights", "CKV_AWS_62", _ADMIN, 'resource "aws_iam_policy" "all"'),
    _more("excused", "CKV_AWS_62", _EXCUSED, 'resource "aws_iam_policy" "all"'),
    _more("unpinned-module", "terraform_module_pinned_source", _MODULE, "source = "),
    Defect(
        id="iac-wrong-type",
        gate="iac-scan",
        path="iac/network/variables.tf",
        rule="validate",
        at=('default     = "a"',),
        edits=(Replace("iac/network/variables.tf", '["a", "b", "d"]', '"a"'),),
    ),
    _network("undeclared", "validate", "egress  = local.egress", "egress  = local.ingress", "local.ingress"),
    _network("missing-argument", "validate", "  owner       = var.owner\n", "", 'module "tags"'),
    _network(
        "empty-list",
        "terraform_empty_list_equality",
        "cidr    = var.cidr",
        'cidr    = var.zones == [] ? "none" : var.cidr',
        "var.zones == []",
    ),
    _network(
        "duplicate-key",
        "terraform_map_duplicate_keys",
        "    egress  = local.egress\n",
        '    egress  = local.egress\n    cidr    = "10.0.0.0/8"\n',
        '"10.0.0.0/8"',
    ),
    _deployment("image-tag", "image-digest", "registry.northwind.example/orders:1.4", "false", "image:"),
    _deployment("image-latest", "image-latest", "registry.northwind.example/orders:latest", "false", "image:"),
    _deployment("escalation", "CKV_K8S_20", _DIGEST, "true", "apiVersion: apps/v1"),
    _written("plain-ingress", "tls-ingress", "deploy/ingress.yaml", _INGRESS, "name: orders"),
    _written("template", "E3002", "iac/printing/queue.template.yaml", _TEMPLATE, "Retention:"),
    _written("template-logs", "log-retention", "iac/printing/logs.template.yaml", _LOGS, "Printers:"),
    _written("plan", "s3-public-acl", "iac/scans/scans.tfplan.json", _PLAN, '"name": "scans"'),
)
