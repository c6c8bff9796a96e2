--- SME_WAIT_SAGEMAKER_AUTOPILOT_ENDPOINT: the status of an endpoint, once it changes.
local arguments = require("arguments")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")

local M = {}

--- The status of an endpoint as soon as it differs from `known_status`, or after `seconds`.
function M.wait(json_text)
    local given = arguments.read_json(json_text)
    arguments.require_all(given, {"endpoint_name", "connection", "region"})
    local endpoint = aws.call("wait_for_endpoint", dictionary.connection(given.connection), given.region, {
        endpoint_name = given.endpoint_name,
        known = given.known_status or "",
        seconds = given.seconds or 10,
    })
    registry.update(registry.ENDPOINTS, given.endpoint_name, {
        STATUS = endpoint.status,
        FAILURE_REASON = endpoint.failure_reason or registry.NULL,
        UPDATED_AT = registry.NOW,
    })
    return {{given.endpoint_name, endpoint.status, endpoint.failure_reason or null}},
        "ENDPOINT_NAME VARCHAR(100), STATUS VARCHAR(50), FAILURE_REASON VARCHAR(2000)"
end

return M
