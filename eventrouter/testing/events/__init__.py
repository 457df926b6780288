"""Events as AWS sends them, one factory per source: ``sqs(Order(id=7))``, ``sqs(sns(s3("photos", "a.jpg")))``.

Few arguments are needed and every field has a keyword. Two equal calls make equal events. What AWS would never send is refused
with the rule that says so: :class:`~eventrouter.errors.ImpossibleEventError`.
"""

from ._made import ACCOUNT, MOMENT, REGION, Ids, RandomIds
from .alb import alb, alb_health_check
from .apigw_http import apigw_http
from .apigw_rest import apigw_rest, apigw_rest_test
from .function_url import function_url
from .identity import Identity, cognito_user_pool, iam, jwt, lambda_authorizer, oidc
from .s3 import s3, s3_record, s3_test_event
from .sns import sns, sns_record
from .sqs import sqs, sqs_record
from .vpc_lattice_v1 import vpc_lattice_v1
from .vpc_lattice_v2 import vpc_lattice_v2

__all__ = [
    "ACCOUNT",
    "MOMENT",
    "REGION",
    "Identity",
    "Ids",
    "RandomIds",
    "alb",
    "alb_health_check",
    "apigw_http",
    "apigw_rest",
    "apigw_rest_test",
    "cognito_user_pool",
    "function_url",
    "iam",
    "jwt",
    "lambda_authorizer",
    "oidc",
    "s3",
    "s3_record",
    "s3_test_event",
    "sns",
    "sns_record",
    "sqs",
    "sqs_record",
    "vpc_lattice_v1",
    "vpc_lattice_v2",
]  # fmt: skip
