--- Brings the registry and the database up to what AWS really serves.
--
-- An update is on record as pending until AWS has taken it: till then, and for good where AWS
-- rolls it back, row and UDF describe the model that answers.
local cjson = require("cjson")
local aws = require("aws")
local registry = require("registry")
local endpoint_rows = require("endpoint_rows")
local endpoint_objects = require("endpoint_objects")

local M = {}

local function rollback_reason(row, reason)
    local values = row.PENDING.values
    return string.sub("The update to candidate " .. values.CANDIDATE_NAME .. " of job "
        .. values.JOB_NAME .. " was rolled back: " .. (reason or "AWS gives no reason"), 1, 2000)
end

-- What AWS still needs: scaling, tags, and what serves no more deleted.
local function settle_in_aws(name, values)
    aws.call("settle_endpoint", values.AWS_CREDENTIALS_CONNECTION_NAME, values.AWS_REGION, {
        endpoint_name = name,
        config_name = values.ENDPOINT_CONFIG_NAME,
        model_name = values.SAGEMAKER_MODEL_NAME,
        min_instance_count = values.MIN_INSTANCE_COUNT,
        max_instance_count = values.MAX_INSTANCE_COUNT,
        target_invocations_per_instance = values.TARGET_INVOCATIONS_PER_INSTANCE,
        tags = values.TAGS ~= nil and cjson.decode(values.TAGS) or nil,
    })
end

--- Settles an endpoint that AWS may have changed. Repeating it does no harm.
--
-- row: as endpoint_rows.find gives it. endpoint: as the action describe_endpoint answers.
-- Gives the row as it is afterwards.
function M.settle(row, endpoint)
    if row == nil then
        return nil
    end
    local name, pending = row.ENDPOINT_NAME, row.PENDING
    if endpoint.status ~= "InService" then
        registry.update(registry.ENDPOINTS, name, {
            STATUS = endpoint.status,
            FAILURE_REASON = endpoint.failure_reason or registry.NULL,
            UPDATED_AT = registry.NOW,
        })
        return endpoint_rows.find(name)
    end
    if row.STATUS == "InService" and pending == nil then
        return row
    end
    local has_changed = pending ~= nil
        and pending.values.ENDPOINT_CONFIG_NAME == endpoint.config_name
    local values = has_changed and pending.values or row
    settle_in_aws(name, values)
    local changes = {PENDING = registry.NULL, FAILURE_REASON = registry.NULL}
    if has_changed then
        endpoint_objects.create(pending.objects)
        if row.UDF_SCHEMA ~= nil and row.UDF_SCHEMA ~= values.UDF_SCHEMA then
            endpoint_objects.drop_udf(name, row.UDF_SCHEMA)
        end
        changes = endpoint_rows.served(values)
        changes.PENDING, changes.FAILURE_REASON = registry.NULL, registry.NULL
    elseif pending ~= nil then
        changes.FAILURE_REASON = rollback_reason(row, endpoint.failure_reason)
    end
    changes.STATUS, changes.UPDATED_AT = endpoint.status, registry.NOW
    registry.update(registry.ENDPOINTS, name, changes)
    return endpoint_rows.find(name)
end

return M
