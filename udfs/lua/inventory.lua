--- SME_LIST_SAGEMAKER_AUTOPILOT_ENDPOINTS: every endpoint that AWS has, and who asked for it.
local cjson = require("cjson")
local arguments = require("arguments")
local option_values = require("option_values")
local dictionary = require("dictionary")
local database = require("database")
local aws = require("aws")
local registry = require("registry")
local accounts = require("accounts")
local details = require("details")
local endpoint_rows = require("endpoint_rows")
local settling = require("settling")

local M = {}

M.OPTIONS = {
    aws_credentials_connection_name = {is = "text"},
    aws_region = {is = "text"},
}

local TABLE = "SME_METADATA_AUTOPILOT_RUNNING_ENDPOINTS"
local KEY = {"AWS_CREDENTIALS_CONNECTION_NAME", "AWS_REGION"}
-- Every column of the table and, as text, of the result.
local COLUMNS = {"ENDPOINT_NAME", "STATUS", "KNOWN_TO", "IS_CHARGED", "INSTANCE_TYPE",
    "CURRENT_INSTANCES", "DESIRED_INSTANCES", "MIN_INSTANCES", "MAX_INSTANCES",
    "SERVERLESS_MEMORY_MB", "SERVERLESS_MAX_CONCURRENCY", "JOB_NAME", "CANDIDATE_NAME",
    "MODEL_NAME", "VERSION", "ASKED_BY", "REGISTRY_SCHEMA", "UDF_SCHEMA", "DBT_INVOCATION_ID",
    "UPDATING_TO", "FAILURE_REASON", "CREATED_AT_UTC", "EXPIRES_AT_UTC", "IS_EXPIRED", "TAGS"}

M.HERE, M.ELSEWHERE, M.UNKNOWN = "this registry", "another registry", "unknown"

-- The moment of an expiry tag (2024-02-29T01:02:03Z) as AWS times are written elsewhere.
local function moment_of(tag)
    local day, time = string.match(tag or "", "^(%d+%-%d+%-%d+)T(%d+:%d+:%d+)Z$")
    return day ~= nil and day .. " " .. time .. ".000000" or nil
end

--- Whose an endpoint is: of this registry, of another one of sme, or unknown to sme.
function M.known_to(row, tags)
    if row ~= nil then
        return M.HERE
    end
    return tags["sme:endpoint"] ~= nil and M.ELSEWHERE or M.UNKNOWN
end

--- One endpoint as a table of COLUMNS. Without a row of the registry its tags tell what they can.
--
-- now: the moment, as text in UTC.
function M.line(endpoint, row, now)
    local tags, variant, known = endpoint.tags, endpoint.variants[1] or {}, row or {}
    local expires_at = moment_of(tags["sme:expires-at"])
    local pending = known.PENDING
    return {
        ENDPOINT_NAME = endpoint.endpoint_name,
        STATUS = endpoint.status,
        KNOWN_TO = M.known_to(row, tags),
        IS_CHARGED = endpoint.is_charged,
        INSTANCE_TYPE = endpoint.instance_types[1],
        CURRENT_INSTANCES = variant.serverless_memory_mb == nil and variant.current_instances or nil,
        DESIRED_INSTANCES = variant.serverless_memory_mb == nil and variant.desired_instances or nil,
        MIN_INSTANCES = known.MIN_INSTANCE_COUNT,
        MAX_INSTANCES = known.MAX_INSTANCE_COUNT,
        SERVERLESS_MEMORY_MB = variant.serverless_memory_mb,
        SERVERLESS_MAX_CONCURRENCY = variant.serverless_max_concurrency,
        JOB_NAME = known.JOB_NAME or tags["sme:job"],
        CANDIDATE_NAME = known.CANDIDATE_NAME,
        MODEL_NAME = known.MODEL_NAME or tags["sme:model"],
        VERSION = known.VERSION or math.tointeger(tonumber(tags["sme:version"])),
        ASKED_BY = known.SCRIPT_USER,
        REGISTRY_SCHEMA = row ~= nil and exa.meta.script_schema or tags["sme:schema"],
        UDF_SCHEMA = known.UDF_SCHEMA,
        DBT_INVOCATION_ID = known.DBT_INVOCATION_ID,
        UPDATING_TO = pending ~= nil and pending.values.CANDIDATE_NAME or nil,
        FAILURE_REASON = row ~= nil and known.FAILURE_REASON or endpoint.failure_reason,
        CREATED_AT_UTC = endpoint.created_at,
        EXPIRES_AT_UTC = expires_at,
        IS_EXPIRED = expires_at ~= nil and expires_at <= now,
        TAGS = cjson.encode(tags),
    }
end

local function as_text(value)
    if value == nil then
        return null
    end
    return type(value) == "boolean" and string.upper(tostring(value))
        or tostring(math.tointeger(value) or value)
end

-- The row of an endpoint in this registry, brought up to what AWS has. Where that fails, for
-- want of a right for example, the list is still true: it is told by AWS.
local function known_row(endpoint, region)
    local row = endpoint_rows.find(endpoint.endpoint_name)
    local is_same = endpoint_rows.is_live(row) and row.AWS_REGION == region
        and endpoint_rows.is_in(row, accounts.in_arn(endpoint.arn),
            row.AWS_CREDENTIALS_CONNECTION_NAME)
    if not is_same then
        return nil
    end
    pcall(settling.settle, row, endpoint)
    return endpoint_rows.find(endpoint.endpoint_name)
end

-- Endpoints of this registry that AWS has no more, in this region and account.
local function forget_gone(connection, region, account, found)
    for _, name in ipairs(endpoint_rows.live_names(region)) do
        if not found[string.upper(name)]
            and endpoint_rows.is_in(endpoint_rows.find(name), account, connection) then
            registry.update(registry.ENDPOINTS, name, {STATUS = "Deleted",
                PENDING = registry.NULL, UPDATED_AT = registry.NOW})
        end
    end
end

local function keep(place, lines)
    local columns, rows = {KEY[1], KEY[2]}, {}
    for i, name in ipairs(COLUMNS) do
        columns[i + 2] = name
    end
    columns[#columns + 1] = "LISTED_AT"
    for i, line in ipairs(lines) do
        local row = {place[KEY[1]], place[KEY[2]]}
        for j, name in ipairs(COLUMNS) do
            local is_moment = string.find(name, "_AT_UTC$") ~= nil
            row[j + 2] = is_moment and registry.moment(line[name]) or line[name]
        end
        row[#columns] = registry.NOW
        rows[i] = row
    end
    details.replace(TABLE, place, columns, rows)
    database.commit()
end

--- Lists the endpoints of the account and region, oldest first, into the registry too.
function M.main(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    arguments.require_all(given, {"aws_credentials_connection_name", "aws_region"})
    local connection = dictionary.connection(given.aws_credentials_connection_name)
    local place = {[KEY[1]] = connection, [KEY[2]] = given.aws_region}
    local listed = aws.call("list_endpoints", connection, given.aws_region, {all = true})
    local lines, shown, found = {}, {}, {}
    for i, endpoint in ipairs(listed.endpoints) do
        found[string.upper(endpoint.endpoint_name)] = true
        lines[i] = M.line(endpoint, known_row(endpoint, given.aws_region), listed.now)
        shown[i] = {}
        for j, name in ipairs(COLUMNS) do
            shown[i][j] = as_text(lines[i][name])
        end
    end
    forget_gone(connection, given.aws_region, listed.account, found)
    keep(place, lines)
    return shown, table.concat(COLUMNS, " VARCHAR(2000000), ") .. " VARCHAR(2000000)"
end

return M
