"""Events that come one by one, as their factories make them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing.events import (
    apigw_authorizer_request,
    apigw_authorizer_token,
    apigw_authorizer_v2,
    appsync,
    appsync_authorizer,
    appsync_batch,
    appsync_events,
    bedrock_agent,
    bedrock_agent_function,
    cloudformation,
    cloudwatch_alarm,
    codecommit,
    codepipeline_job,
    cognito,
    cognito_user_pool,
    config,
    connect,
    durable,
    iam,
    iot,
    iot_authorizer,
    iot_button,
    iot_one_click,
    iot_provisioning,
    jwt,
    lambda_authorizer,
    lambda_destination,
    lex,
    lex_v1,
    oidc,
    s3_batch,
    s3_object_lambda,
    secretsmanager_rotation,
    ses,
    sqs,
    transfer_family,
    websocket,
)
from eventrouter.testing.events.cognito import NAMES
from eventrouter.testing.events.iot import OPERATIONS
from tests.testing.events.reading import at

CLASSES = "aws_lambda_powertools.utilities.data_classes."
MODELS = "aws_lambda_powertools.utilities.parser.models."

VARIANTS: dict[str, tuple[str, Any]] = {
    "a token": ("apigw_authorizer_token", apigw_authorizer_token("POST", "/orders")),
    "a request": ("apigw_authorizer_request", apigw_authorizer_request("POST", "/orders?a=1", headers={"X-Key": "k"})),
    "a request in China": ("apigw_authorizer_request", apigw_authorizer_request(region="cn-north-1")),
    "a request of an HTTP API": (
        "apigw_authorizer_request",
        apigw_authorizer_request(of="http", headers={"authorization": "Bearer t"}),
    ),
    "a connection": ("apigw_authorizer_request", apigw_authorizer_request(of="websocket", params={"ticket": "t"})),
    "a request, payload 2.0": ("apigw_authorizer_v2", apigw_authorizer_v2("GET", "/pets/rex", route_key="GET /pets/{name}")),
    "a field": ("appsync_resolver", appsync("Query", "getOrder", arguments={"id": 7}, identity=cognito_user_pool())),
    "a field for a service": ("appsync_resolver", appsync("Order", "lines", source={"id": 7}, identity=iam())),
    "a field for a person": ("appsync_resolver", appsync(identity=oidc({"sub": "u"}), previous=[1], stash={"a": 1})),
    "a field behind an authorizer": ("appsync_resolver", appsync(identity=lambda_authorizer({"tenant": "blue"}))),
    "fields": ("appsync_resolver", appsync_batch(appsync(arguments={"id": 1}), appsync(arguments={"id": 2}))),
    "a query to decide about": ("appsync_authorizer", appsync_authorizer()),
    "a subscription to decide about": ("appsync_authorizer", appsync_authorizer(query=None, operation="EVENT_SUBSCRIBE")),
    "events of a channel": ("appsync_events", appsync_events("/chat/room", {"text": "hello"}, "text")),
    "objects of a channel": ("appsync_events", appsync_events("/chat/room", {"text": "hello"})),
    "a subscription": ("appsync_events", appsync_events("/chat/room", operation="SUBSCRIBE", identity=iam())),
    "an operation": ("bedrock_agent", bedrock_agent("/orders/{id}", parameters={"id": 7})),
    "an operation with a body": ("bedrock_agent", bedrock_agent("/orders", "post", properties={"total": 9.5, "gift": True})),
    "a function": ("bedrock_agent_function", bedrock_agent_function(parameters={"tags": ["a"], "who": {"id": 1}})),
    "a new resource": ("cloudformation_custom_resource", cloudformation(properties={"Shards": 2, "On": True})),
    "a changed resource": (
        "cloudformation_custom_resource",
        cloudformation(request_type="Update", properties={"A": [1, {"B": None}]}, old_properties={"A": "1"}),
    ),
    "a deleted resource": ("cloudformation_custom_resource", cloudformation(request_type="Delete", region="cn-north-1")),
    "an alarm": ("cloudwatch_alarm", cloudwatch_alarm(region="us-gov-west-1")),
    "a composite alarm": ("cloudwatch_alarm", cloudwatch_alarm(rule="ALARM(a) AND ALARM(b)", state="OK", previous_state="ALARM")),
    "a branch": ("codecommit", codecommit("shop-web")),
    "a tag": ("codecommit", codecommit("shop-web", deleted=["refs/tags/v1"], custom_data="stage=live")),
    "a job": ("codepipeline_job", codepipeline_job({"stage": "live"}, outputs=["Report"])),
    "a continued job": ("codepipeline_job", codepipeline_job(continuation_token="more")),
    **{f"sign-in: {name}": ("cognito", cognito(name)) for name in NAMES},
    "a token of version 2": ("cognito", cognito("TokenGeneration_HostedAuth", version="2", client_metadata={"a": "b"})),
    "a changed item": ("config", config(configuration={"name": "photos"}, parameters={"days": "90"})),
    "a large item": ("config", config(message_type="OversizedConfigurationItemChangeNotification")),
    "a scheduled rule": ("config", config(message_type="ScheduledNotification")),
    "a call": ("connect", connect(parameters={"orderId": "7"}, attributes={"tier": "gold"})),
    "a chat": ("connect", connect(channel="CHAT", initiation="API", queue=None, customer=None)),
    "an execution": ("durable", durable(input={"order_id": 7})),
    "an execution that goes on": ("durable", durable(operations=[{"Id": "s", "Type": "STEP"}], next_marker="more")),
    **{
        f"{kind} {operation}": ("iot", iot(kind, operation=operation))
        for kind, operations in OPERATIONS.items()
        for operation in operations
    },
    "a new device": ("iot", iot_provisioning(parameters={"SerialNumber": "7"})),
    "a button": ("iot", iot_button(event="DOUBLE")),
    "a click": ("iot", iot_one_click(event="LONG", attributes={"floor": "2"})),
    "a device": ("iot_authorizer", iot_authorizer(user_name="pump", password="secret")),
    "a device over HTTP": ("iot_authorizer", iot_authorizer(protocol="http", token=None, headers={"x-key": "k"}, query="a=1")),
    "a failed invocation": ("lambda_destination", lambda_destination(sqs("a"))),
    "an invocation that succeeded": ("lambda_destination", lambda_destination({"id": 7}, condition="Success", response=7)),
    "an event that was too old": ("lambda_destination", lambda_destination(condition="EventAgeExceeded")),
    "a turn": ("lex", lex(slots={"Day": "tomorrow", "Name": None}, request_attributes={"a": "b"})),
    "a fulfilment": ("lex", lex(hook="FulfillmentCodeHook", input_mode="Speech", confirmation="Confirmed")),
    "a turn of V1": ("lex", lex_v1(slots={"Day": "tomorrow", "Name": None})),
    "a task": ("s3_batch", s3_batch("photos", "a b.jpg", version_id="3")),
    "a task of version 2": ("s3_batch", s3_batch("photos", "a", "b", schema="2.0", arguments={"width": "320"})),
    "an object": ("s3_object_lambda", s3_object_lambda(key="cats/tom & co.jpg", payload={"width": 320})),
    "an object's headers": ("s3_object_lambda", s3_object_lambda(operation="HeadObject", headers={"Range": "bytes=0-9"})),
    "a list": ("s3_object_lambda", s3_object_lambda(operation="ListObjects")),
    "a list, V2": ("s3_object_lambda", s3_object_lambda(operation="ListObjectsV2", payload="text")),
    **{
        f"a rotation: {step}": ("secretsmanager_rotation", secretsmanager_rotation(step))
        for step in ("createSecret", "setSecret", "testSecret", "finishSecret")
    },
    "a rotation elsewhere": ("secretsmanager_rotation", secretsmanager_rotation(rotation_token="t", region="cn-north-1")),
    "a mail": ("ses", ses("a@shop.example", "b@shop.example", headers={"X-Spam": "no"})),
    "a mail that is waited for": ("ses", ses(synchronous=True, subject=None, virus="FAIL")),
    "a password": ("transfer_family", transfer_family(password="not-a-real-one", protocol="FTPS")),
    "a key": ("transfer_family", transfer_family()),
    "a file": ("transfer_family", transfer_family("workflow_step", key="a b.csv")),
    "a file of EFS": ("transfer_family", transfer_family("workflow_step", file_system="fs-09f8e7d6")),
    "somebody connects": ("apigw_websocket", websocket("$connect", params={"token": "t"}, identity=lambda_authorizer({"a": 1}))),
    "somebody connects plainly": ("apigw_websocket", websocket("$connect")),
    "a message": ("apigw_websocket", websocket("send", {"text": "hello"})),
    "an empty message": ("apigw_websocket", websocket()),
    "a binary message": ("apigw_websocket", websocket("$default", b"\x00")),
    "somebody is gone": ("apigw_websocket", websocket("$disconnect", disconnect_code=1001)),
}  # fmt: skip


@pytest.mark.parametrize(("label", "event"), VARIANTS.values(), ids=VARIANTS)
def test_we_read_it(label: str, event: Any) -> None:
    model = parse(event)

    assert sniff(event).name == label
    assert model is not None


#: Powertools' readers; of a source that has none there is no row. Models that refuse real events are left out, with the reason.
READERS: list[tuple[str, str, str]] = [
    ("a token", f"{CLASSES}api_gateway_authorizer_event:APIGatewayAuthorizerTokenEvent", "method_arn"),
    ("a request", f"{CLASSES}api_gateway_authorizer_event:APIGatewayAuthorizerRequestEvent", "method_arn"),
    ("a request, payload 2.0", f"{CLASSES}api_gateway_authorizer_event:APIGatewayAuthorizerEventV2", "route_arn"),
    ("a field", f"{CLASSES}appsync_resolver_event:AppSyncResolverEvent", "field_name"),
    ("a field", f"{MODELS}appsync:AppSyncResolverEventModel", "arguments"),
    ("a query to decide about", f"{CLASSES}appsync_authorizer_event:AppSyncAuthorizerEvent", "authorization_token"),
    ("events of a channel", f"{CLASSES}appsync_resolver_events_event:AppSyncResolverEventsEvent", "info"),
    ("objects of a channel", f"{MODELS}appsync_events:AppSyncEventsModel", "events"),
    ("an operation", f"{CLASSES}bedrock_agent_event:BedrockAgentEvent", "api_path"),
    ("an operation", f"{MODELS}bedrock_agent:BedrockAgentEventModel", "api_path"),
    ("a function", f"{CLASSES}bedrock_agent_function_event:BedrockAgentFunctionEvent", "function"),
    ("a function", f"{MODELS}bedrock_agent:BedrockAgentFunctionEventModel", "function"),
    ("a new resource", f"{CLASSES}cloudformation_custom_resource_event:CloudFormationCustomResourceEvent", "request_type"),
    ("a new resource", f"{MODELS}cloudformation_custom_resource:CloudFormationCustomResourceCreateModel", "request_type"),
    ("a changed resource", f"{MODELS}cloudformation_custom_resource:CloudFormationCustomResourceUpdateModel", "request_type"),
    ("a deleted resource", f"{MODELS}cloudformation_custom_resource:CloudFormationCustomResourceDeleteModel", "request_type"),
    ("an alarm", f"{CLASSES}cloud_watch_alarm_event:CloudWatchAlarmEvent", "alarm_arn"),
    ("a composite alarm", f"{CLASSES}cloud_watch_alarm_event:CloudWatchAlarmEvent", "alarm_data"),
    ("a job", f"{CLASSES}code_pipeline_job_event:CodePipelineJobEvent", "user_parameters"),
    ("sign-in: PreSignUp_SignUp", f"{CLASSES}cognito_user_pool_event:PreSignUpTriggerEvent", "trigger_source"),
    ("sign-in: CustomMessage_SignUp", f"{CLASSES}cognito_user_pool_event:CustomMessageTriggerEvent", "user_name"),
    ("a changed item", f"{CLASSES}aws_config_rule_event:AWSConfigRuleEvent", "rule_parameters"),
    ("a call", f"{CLASSES}connect_contact_flow_event:ConnectContactFlowEvent", "parameters"),
    ("a new device", f"{CLASSES}iot_registry_event:IoTCoreThingEvent", "raw_event"),
    ("THING_EVENT CREATED", f"{CLASSES}iot_registry_event:IoTCoreThingEvent", "thing_name"),
    ("THING_EVENT CREATED", f"{MODELS}iot_registry_events:IoTCoreThingEvent", "thing_name"),
    ("a task", f"{CLASSES}s3_batch_operation_event:S3BatchOperationEvent", "task"),
    ("a task of version 2", f"{CLASSES}s3_batch_operation_event:S3BatchOperationEvent", "job"),
    ("a task", f"{MODELS}s3_batch_operation:S3BatchOperationModel", "tasks"),
    ("an object", f"{CLASSES}s3_object_event:S3ObjectLambdaEvent", "input_s3_url"),
    ("an object", f"{MODELS}s3_object_event:S3ObjectLambdaEvent", "getObjectContext"),
    ("a rotation: createSecret", f"{CLASSES}secrets_manager_event:SecretsManagerEvent", "secret_id"),
    ("a mail", f"{CLASSES}ses_event:SESEvent", "record"),
    ("a mail", f"{MODELS}ses:SesModel", "Records"),
    ("a password", f"{CLASSES}transfer_family_event:TransferFamilyAuthorizer", "username"),
    ("a password", f"{MODELS}transfer_family:TransferFamilyAuthorizer", "username"),
    ("a message", f"{CLASSES}api_gateway_websocket_event:APIGatewayWebSocketEvent", "body"),
    ("a message", f"{MODELS}apigw_websocket:APIGatewayWebSocketMessageEventModel", "body"),
    ("somebody connects", f"{MODELS}apigw_websocket:APIGatewayWebSocketConnectEventModel", "request_context"),
    ("somebody is gone", f"{MODELS}apigw_websocket:APIGatewayWebSocketDisconnectEventModel", "request_context"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "reader", "attribute"), READERS)
def test_powertools_reads_it(name: str, reader: str, attribute: str) -> None:
    module, _, kind = reader.partition(":")
    read = getattr(import_module(module), kind)
    event = VARIANTS[name][1]

    model = read.model_validate(event) if hasattr(read, "model_validate") else read(event)

    assert getattr(model, attribute) is not None


@pytest.mark.parametrize(
    ("event", "path", "value"),
    [
        (
            apigw_authorizer_token("POST", "/a/b", api="k3", stage="live"),
            "methodArn",
            "arn:aws:execute-api:eu-central-1:123456789012:k3/live/POST/a/b",
        ),
        (apigw_authorizer_request(of="http", headers={"authorization": "t"}), "authorizationToken", "t"),
        (
            apigw_authorizer_request(of="websocket"),
            "methodArn",
            "arn:aws:execute-api:eu-central-1:123456789012:k3x9w1qz7b/prod/$connect",
        ),
        (
            apigw_authorizer_v2("GET", "/pets/rex", route_key="GET /pets/{name}", stage="live"),
            "routeArn",
            "arn:aws:execute-api:eu-central-1:123456789012:m2n4b6v8c0/live/GET/pets/rex",
        ),
        (
            apigw_authorizer_v2(),
            "routeArn",
            "arn:aws:execute-api:eu-central-1:123456789012:m2n4b6v8c0/$default/$default",
        ),
        (apigw_authorizer_v2("POST", json={"id": 1}), "identitySource.0", "Bearer token"),
        (appsync(headers={"x-a": "b"}), "request.headers.x-a", "b"),
        (
            appsync(identity=cognito_user_pool({"sub": "u", "cognito:groups": ["editors"]})),
            "identity.groups.0",
            "editors",
        ),
        (appsync(selection=["id", "author", "author/name"]), "info.selectionSetGraphQL", "{ id author }"),
        (bedrock_agent(parameters={"id": 7}), "parameters.0.type", "integer"),
        (bedrock_agent(properties={"total": 9.5}), "requestBody.content.application/json.properties.0.value", "9.5"),
        (bedrock_agent_function(parameters={"gift": True}), "parameters.0.value", "true"),
        (cloudformation(properties={"Shards": 2}), "ResourceProperties.Shards", "2"),
        (cloudformation(request_type="Delete", physical_resource_id="p-1"), "PhysicalResourceId", "p-1"),
        (cloudformation(request_id="r-1"), "RequestId", "r-1"),
        (codecommit("shop", created=["refs/heads/new"]), "Records.0.codecommit.references.0.created", True),
        (codepipeline_job("text"), "CodePipeline.job.data.actionConfiguration.configuration.UserParameters", "text"),
        (cognito(request={"session": [1]}), "request.session.0", 1),
        (cognito(attributes={}), "request.userAttributes", {}),
        (connect(queue=None), "Details.ContactData.Queue", None),
        (durable(input="text"), "InitialExecutionState.Operations.0.ExecutionDetails.InputPayload", "text"),
        (iot(thing="a"), "thingName", "a"),
        (lambda_destination(count=2), "requestContext.approximateInvokeCount", 2),
        (lambda_destination(request_id="r-1"), "requestContext.requestId", "r-1"),
        (s3_batch("photos", "a b.jpg"), "tasks.0.s3Key", "a+b.jpg"),
        (secretsmanager_rotation(token="t"), "ClientRequestToken", "t"),
        (ses(message_id="m-1"), "Records.0.ses.mail.messageId", "m-1"),
        (websocket(connection_id="c-1"), "requestContext.connectionId", "c-1"),
        (websocket("$default", b"\x00"), "body", "AA=="),
        (websocket("$connect", domain_name="chat.example.org"), "requestContext.domainName", "chat.example.org"),
    ],
)
def test_a_field_is_where_it_belongs(event: Any, path: str, value: object) -> None:
    if "application/json" in path or "CodePipeline.job" in path:
        head, _, rest = path.partition("application/json" if "application/json" in path else "CodePipeline.job")
        event = at(event, head.rstrip("."))["application/json"] if head else event["CodePipeline.job"]
        path = rest.lstrip(".")

    assert at(event, path) == value


@pytest.mark.parametrize("name", VARIANTS)
def test_an_event_has_no_body_where_nobody_may_read_it(name: str) -> None:
    label, event = VARIANTS[name]

    assert not label.startswith("apigw_authorizer") or "body" not in event


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: apigw_authorizer_token(token=""), "1 to 10240 characters"),
        (lambda: apigw_authorizer_request(of="sqs"), "one of rest, http, websocket"),  # type: ignore[arg-type]
        (lambda: appsync("a b"), "a name of GraphQL"),
        (lambda: appsync(field_name="7up"), "a name of GraphQL"),
        (lambda: appsync(identity=jwt()), "it has cognito_user_pool"),
        (lambda: appsync_batch(), "the calls of one resolver"),
        (lambda: appsync_batch(appsync(), appsync("Query", "other")), "the calls of one resolver"),
        (lambda: appsync_authorizer(""), "refuses a request without one"),
        (lambda: appsync_authorizer(query=None, operation="PUBLISH"), "one of EVENT_CONNECT"),  # type: ignore[arg-type]
        (lambda: appsync_events("room", 1), "written like /default/room"),
        (lambda: appsync_events("/a/b/c/d/e/f", 1), "1 to 5 segments"),
        (lambda: appsync_events("/a"), "PUBLISH has some, and SUBSCRIBE none"),
        (lambda: appsync_events("/a", 1, operation="SUBSCRIBE"), "PUBLISH has some, and SUBSCRIBE none"),
        (lambda: bedrock_agent("orders"), "begins with a slash"),
        (lambda: bedrock_agent(method="FETCH"), "one of GET"),
        (lambda: cloudformation("Thing"), "it is Custom::Name"),
        (lambda: cloudformation(physical_resource_id="p"), "what is created has none yet"),
        (lambda: cloudformation(old_properties={}), "only an update has them"),
        (lambda: cloudwatch_alarm(state="FINE"), "one of OK, ALARM"),  # type: ignore[arg-type]
        (lambda: codecommit("shop", "main"), "begins with refs/heads/"),
        (lambda: codepipeline_job("a" * 1001), "1 to 1000 characters"),
        (lambda: cognito("SignUp"), "one of PreSignUp_SignUp"),
        (lambda: cognito(version="2"), "it is one of 1"),
        (lambda: config(resource_type="Bucket"), "AWS::S3::Bucket"),
        (lambda: connect(parameters={"id": 7}), "text on, and nothing else"),  # type: ignore[dict-item]
        (lambda: connect(channel="FAX"), "one of VOICE"),  # type: ignore[arg-type]
        (lambda: durable(execution="a b"), "ASCII letters"),
        (lambda: iot("THING"), "one of THING_EVENT"),
        (lambda: iot(operation="ADDED"), "one of CREATED"),
        (lambda: iot_button(event="TRIPLE"), "one of SINGLE"),  # type: ignore[arg-type]
        (lambda: iot_authorizer(protocol="coap"), "one of mqtt, http"),  # type: ignore[arg-type]
        (lambda: lambda_destination(response=1), "only a success has one"),
        (lambda: lambda_destination(count=4), "once, and twice more"),
        (lambda: lex("a b"), "ASCII letters"),
        (lambda: s3_batch(arguments={"a": "b"}), 'only schema="2.0" has them'),
        (lambda: s3_object_lambda(operation="PutObject"), "one of GetObject"),  # type: ignore[arg-type]
        (lambda: secretsmanager_rotation("rotate"), "one of createSecret"),  # type: ignore[arg-type]
        (lambda: ses("nobody"), "an address has an @"),
        (lambda: ses(spam="MAYBE"), "one of PASS"),
        (lambda: transfer_family(protocol="FTP"), "only SFTP has keys"),
        (lambda: websocket("$connect", "hello"), "only messages have one"),
        (lambda: websocket("send", "a" * (128 * 1024 + 1)), "a message has at most 131072"),
        (lambda: websocket("$connect", identity=iam()), "it has lambda_authorizer"),
        (lambda: websocket(""), "1 to 128 characters"),
    ],
)
def test_what_aws_never_sends_is_refused_with_the_rule(make: Any, rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: websocket("send", {"text": "hello"}),
        lambda: codecommit("shop-web"),
        lambda: cloudformation(),
        lambda: connect(),
        lambda: s3_batch("photos", "a"),
        lambda: ses(),
        lambda: durable(),
        lambda: iot(),
        lambda: cognito(),
        lambda: secretsmanager_rotation(),
    ],
)
def test_the_same_call_makes_the_same_event(make: Any) -> None:
    assert make() == make()
