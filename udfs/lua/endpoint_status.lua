--- SME_POLL_SAGEMAKER_AUTOPILOT_ENDPOINT: the status of an endpoint, now or once it changes.
local arguments = require("arguments")
local option_values = require("option_values")
local dictionary = require("dictionary")
local aws = require("aws")
local endpoint_rows = require("endpoint_rows")
local settling = require("settling")

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
--
-- When AWS is done, the registry and the UDF are brought up to what serves then. An endpoint
-- that is InService with a FAILURE_REASON serves what it did before: AWS rolled an update back.
function M.poll(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    arguments.require_all(given,
        {"endpoint_name", "aws_credentials_connection_name", "aws_region"})
    local connection = dictionary.connection(given.aws_credentials_connection_name)
    local known = endpoint_rows.find_in(given.aws_region, given.endpoint_name)
    local endpoint = aws.call("wait_for_endpoint", connection, given.aws_region, {
        endpoint_name = given.endpoint_name,
        account = endpoint_rows.account(known),
        known = given.known_status or "",
        seconds = given.seconds or 0,
    })
    local row = settling.settle(endpoint_rows.find(given.endpoint_name), endpoint)
    local reason = endpoint.failure_reason
    if row ~= nil then
        reason = row.FAILURE_REASON
    end
    return {{given.endpoint_name, endpoint.status, reason or null}}, M.COLUMNS
end

return M
