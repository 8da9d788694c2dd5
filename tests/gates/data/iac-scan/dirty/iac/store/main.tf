# One resource that three scanners complain of, and one that they would be asked to pass over.
resource "aws_s3_bucket" "open" {
  #checkov:skip=CKV_AWS_20:everybody may read it
  bucket = "open"
  acl    = "public-read"
}

resource "aws_cloudwatch_log_group" "reads" {
  name = "reads"
}

# tflint-ignore: terraform_module_pinned_source
module "audit" {
  source = "git::https://git.northwind.example/modules/audit.git"
}
