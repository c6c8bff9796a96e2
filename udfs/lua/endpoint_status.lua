--- SME_POLL_SAGEMAKER_AUTOPILOT_ENDPOINT: the status of an endpoint, now or once it changes.
local arguments = require("arguments")
local option_values = require("option_values")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")

local M = {}

M.OPTIONS = {
    endpoint_name = {is = "text"},
    aws_credentials_connection_name = {is = "text"},
    aws_region = {is = "text"},
    seconds = {is = "whole number", least = 0},
    known_status = {is = "text"},
}
M.COLUMNS = "ENDPOINT_NAME VARCHAR(100), STATUS VARCHAR(50), FAILURE_REASON VARCHAR(2000)"

--- The status of an endpoint as soon as it differs from `known_status`, or after `seconds`.
function M.poll(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    arguments.require_all(given,
        {"endpoint_name", "aws_credentials_connection_name", "aws_region"})
    local connection = dictionary.connection(given.aws_credentials_connection_name)
    local endpoint = aws.call("wait_for_endpoint", connection, given.aws_region, {
        endpoint_name = given.endpoint_name,
        known = given.known_status or "",
        seconds = given.seconds or 0,
    })
    registry.update(registry.ENDPOINTS, given.endpoint_name, {
        STATUS = endpoint.status,
        FAILURE_REASON = endpoint.failure_reason or registry.NULL,
        UPDATED_AT = registry.NOW,
    })
    return {{given.endpoint_name, endpoint.status, endpoint.failure_reason or null}}, M.COLUMNS
end

return M
