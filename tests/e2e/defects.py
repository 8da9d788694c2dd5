"""Every planted defect: each must make exactly one gate of the rendered monorepo fail, at its place."""

from tests.e2e.planted.building import BUILDING
from tests.e2e.planted.contracts import CONTRACTS
from tests.e2e.planted.coverage import COVERAGE
from tests.e2e.planted.iac import IAC
from tests.e2e.planted.licences import LICENCES
from tests.e2e.planted.lint import LINT
from tests.e2e.planted.sast import SAST
from tests.e2e.planted.sboms import SBOMS
from tests.e2e.planted.secrets import SECRETS
from tests.e2e.planted.tests import TESTS
from tests.e2e.planted.types import TYPES
from tests.e2e.planted.vulnerabilities import VULNERABILITIES
from tests.e2e.planting import Defect

DEFECTS: tuple[Defect, ...] = (
    *LINT,
    *TYPES,
    *TESTS,
    *COVERAGE,
    *BUILDING,
    *SECRETS,
    *SAST,
    *LICENCES,
    *VULNERABILITIES,
    *CONTRACTS,
    *IAC,
    *SBOMS,
)
