--- SME_WAIT_SAGEMAKER_AUTOPILOT_ENDPOINT: the status of an endpoint, once it changes.
local arguments = require("arguments")
local dictionary = require("dictionary")
local aws = require("aws")
local endpoint_rows = require("endpoint_rows")
local settling = require("settling")

local M = {}

--- The status of an endpoint as soon as it differs from `known_status`, or after `seconds`.
--
-- When AWS is done, the registry and the UDF are brought up to what serves then. An endpoint
-- that is InService with a FAILURE_REASON serves what it did before: AWS rolled an update back.
function M.wait(json_text)
    local given = arguments.read_json(json_text)
    arguments.require_all(given, {"endpoint_name", "connection", "region"})
    local endpoint = aws.call("wait_for_endpoint", dictionary.connection(given.connection), given.region, {
        endpoint_name = given.endpoint_name,
        known = given.known_status or "",
        seconds = given.seconds or 10,
    })
    local row = settling.settle(endpoint_rows.find(given.endpoint_name), endpoint)
    local reason = endpoint.failure_reason
    if row ~= nil then
        reason = row.FAILURE_REASON
    end
    return {{given.endpoint_name, endpoint.status, reason or null}},
        "ENDPOINT_NAME VARCHAR(100), STATUS VARCHAR(50), FAILURE_REASON VARCHAR(2000)"
end

return M
