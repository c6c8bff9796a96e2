--- SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT: the endpoint and everything made for it.
local errors = require("errors")
local arguments = require("arguments")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")
local endpoint_rows = require("endpoint_rows")
local endpoint_objects = require("endpoint_objects")

local M = {}

-- Where the UDF is, or was about to be when an update was cut off.
local function udf_schemas(row)
    if row == nil or row.UDF_SCHEMA == nil then
        return {}
    end
    local pending = row.PENDING ~= nil and row.PENDING.values.UDF_SCHEMA or row.UDF_SCHEMA
    return pending ~= row.UDF_SCHEMA and {row.UDF_SCHEMA, pending} or {row.UDF_SCHEMA}
end

--- Deletes. Repeating it, also after an interruption, deletes what is left, and nothing left is
-- no error.
function M.main(endpoint_name, connection, region)
    arguments.require_all({endpoint_name = endpoint_name, aws_s3_connection = connection,
        aws_region = region}, {"endpoint_name", "aws_s3_connection", "aws_region"})
    arguments.check_name("endpoint", endpoint_name, 63)
    connection = dictionary.connection(connection)
    local row = endpoint_rows.find_in(region, endpoint_name)
    local name = row ~= nil and row.ENDPOINT_NAME or endpoint_name
    -- Endpoints of the predecessor have no tag of ours, but a CONNECTION of this name.
    local is_known = row ~= nil and row.STATUS ~= "Deleted"
        or dictionary.has_connection(endpoint_objects.connection_name(name))
    registry.update(registry.ENDPOINTS, name, {STATUS = "Deleting", UPDATED_AT = registry.NOW})
    local answer = errors.with_cleanup(function()
        return aws.call("delete_endpoint", connection, region,
            {endpoint_name = name, is_known = is_known, account = endpoint_rows.account(row),
            is_scaled = row ~= nil and row.MAX_INSTANCE_COUNT ~= nil})
    end, function()
        if row ~= nil then
            registry.update(registry.ENDPOINTS, name, {STATUS = row.STATUS})
        end
    end)
    local deleted = answer.deleted
    for _, dropped in ipairs(endpoint_objects.drop(name, udf_schemas(row))) do
        deleted[#deleted + 1] = dropped
    end
    registry.update(registry.ENDPOINTS, name, {STATUS = answer.status, PENDING = registry.NULL,
        FAILURE_REASON = registry.NULL, EXPIRES_AT = registry.NULL, UPDATED_AT = registry.NOW})
    local nothing = row ~= nil and "nothing was left to delete"
        or "unknown to AWS and to the registry, so nothing to delete"
    local summary = #deleted > 0 and table.concat(deleted, ", ") or nothing
    return {{name, answer.status, summary}},
        "ENDPOINT_NAME VARCHAR(100), STATUS VARCHAR(50), DELETED VARCHAR(2000000)"
end

return M
