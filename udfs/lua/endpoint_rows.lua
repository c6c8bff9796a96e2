--- The registry rows of endpoints: what serves, and the update that is under way.
local cjson = require("cjson")
local errors = require("errors")
local sql = require("sql")
local database = require("database")
local registry = require("registry")
local accounts = require("accounts")
local endpoint_options = require("endpoint_options")

local M = {}

-- What an update changes, all at once, when AWS has taken it.
local SERVED = {"JOB_NAME", "CANDIDATE_NAME", "MODEL_NAME", "VERSION", "UDF_SCHEMA",
    "AWS_CREDENTIALS_CONNECTION_NAME", "AWS_REGION", "INSTANCE_TYPE", "INSTANCE_COUNT",
    "MIN_INSTANCE_COUNT", "MAX_INSTANCE_COUNT", "TARGET_INVOCATIONS_PER_INSTANCE",
    "SERVERLESS_MEMORY_MB", "SERVERLESS_MAX_CONCURRENCY", "SAGEMAKER_MODEL_NAME",
    "ENDPOINT_CONFIG_NAME", "PROBLEM_TYPE", "TARGET_ATTRIBUTE_NAME", "COLUMNS", "TAGS",
    "SCRIPT_USER", "DBT_INVOCATION_ID"}

-- The registry keeps a row of an endpoint that is gone.
local GONE = {Deleted = true, NotDeployed = true}

--- The row of an endpoint as a table of its columns, with PENDING decoded, or nil.
function M.find(endpoint_name)
    local columns = {"ENDPOINT_NAME", "STATUS", "FAILURE_REASON", "PENDING"}
    for _, name in ipairs(SERVED) do
        columns[#columns + 1] = name
    end
    local row = registry.find(registry.ENDPOINTS, endpoint_name, columns)
    if row ~= nil and row.PENDING ~= nil then
        row.PENDING = cjson.decode(row.PENDING)
    end
    return row
end

--- As find. Raises E-SME-85 where the endpoint is in another region than the one that is asked:
-- that one knows nothing of it, and the registry would lose sight of what is charged.
function M.find_in(region, endpoint_name)
    local row = M.find(endpoint_name)
    if M.is_live(row) and row.AWS_REGION ~= region then
        errors.raise("E-SME-85", "Endpoint " .. row.ENDPOINT_NAME .. " of this registry is in region "
            .. row.AWS_REGION .. ", not in " .. tostring(region) .. ". Give that region, or choose "
            .. "another endpoint_name for an endpoint of its own.")
    end
    return row
end

--- The names of the endpoints of a region that should be there.
--
-- One whose creation was just put on record may not be there yet.
function M.live_names(region)
    local rows = database.run("SELECT ENDPOINT_NAME FROM "
        .. sql.qualified(exa.meta.script_schema, registry.ENDPOINTS.table_name)
        .. " WHERE STATUS NOT IN ('Deleted', 'NotDeployed')"
        .. " AND (STATUS <> 'Creating' OR UPDATED_AT < ADD_MINUTES(SYSTIMESTAMP, -15))"
        .. " AND AWS_REGION = " .. sql.literal(region))
    local names = {}
    for i = 1, #rows do
        names[i] = rows[i][1]
    end
    return names
end

--- The AWS account that a live endpoint is in, or nil where that is not known.
function M.account(row)
    return M.is_live(row) and accounts.of_job(row.JOB_NAME) or nil
end

--- Whether a live endpoint is in the account that a CONNECTION leads to.
function M.is_in(row, account, connection)
    return accounts.is_in(
        {account = M.account(row), connection = row.AWS_CREDENTIALS_CONNECTION_NAME},
        {account = account, connection = connection})
end

function M.is_live(row)
    return row ~= nil and not GONE[row.STATUS]
end

--- The size of a row under the names that options have, or nil for a row that never had one.
function M.size(row)
    local size = {}
    for _, name in ipairs(endpoint_options.SIZE) do
        size[name] = row[string.upper(name)]
    end
    return next(size) and size or nil
end

--- What of a deployment goes into the row: a value for every column of SERVED.
function M.served(values)
    local complete = {}
    for _, name in ipairs(SERVED) do
        local value = values[name]
        if type(value) == "number" then
            value = math.tointeger(value) or value
        end
        complete[name] = value == nil and registry.NULL or value
    end
    return complete
end

--- An update as text: the values for the row, and what the database then needs.
function M.encode_pending(values, objects)
    return cjson.encode({values = values, objects = objects})
end

return M
