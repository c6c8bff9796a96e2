--- SME_CHECK_SETUP: the road from the database to AWS, a row for each part of it.
local sql = require("sql")
local errors = require("errors")
local database = require("database")
local arguments = require("arguments")
local option_values = require("option_values")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")
local training_data = require("training_data")
local script_language = require("script_language")

local M = {}

M.OPTIONS = {
    aws_credentials_connection_name = {is = "text"},
    s3_connection_name = {is = "text"},
    aws_region = {is = "text"},
    iam_sagemaker_role = {is = "text"},
    s3_bucket_uri = {is = "text"},
    s3_output_path = {is = "text"},
    instance_type = {is = "text"},
    endpoint_name = {is = "text"},
}

M.OK, M.FAILED, M.SKIPPED = "ok", "failed", "skipped"

local function ask(given, action, request)
    return aws.call(action, given.aws_credentials_connection_name, given.aws_region, request).found
end

local function language()
    local found = script_language.check()
    return "Python " .. found.python .. ", boto3 " .. found.boto3 .. ", pandas " .. found.pandas
end

local function bucket(given)
    return ask(given, "check_bucket", {bucket = given.bucket})
end

-- A row to S3 by EXPORT, as a training does, and back by the keys of the UDFs.
local function transfer(given)
    local prefix = given.prefix .. "check-" .. tostring(exa.meta.session_id) .. "/"
    local row = {from = "DUAL", title = "a row"}
    local place = {bucket = given.bucket, prefix = prefix, s3_connection = given.s3_connection_name}
    training_data.export(row, {columns = {{name = "CHECKED", text_sql = "1"}}, files = 1,
        connection = given.s3_connection_name, prefix = prefix, ending = "csv"})
    aws.call("check_export", given.aws_credentials_connection_name, given.aws_region, place)
    local remove = function()
        aws.call("delete_prefix", given.aws_credentials_connection_name, given.aws_region, place)
    end
    local found = errors.with_cleanup(function()
        return ask(given, "check_reading", {bucket = given.bucket, key = prefix .. "part-0001.csv"})
    end, remove)
    remove()
    return found
end

local function role(given)
    return ask(given, "check_role", {role = given.iam_sagemaker_role})
end

local function quota(given)
    return ask(given, "check_quota", {instance_type = given.instance_type})
end

-- The endpoint that is asked for, else the newest that the registry has as deployed.
local function endpoint_row(given)
    local condition = given.endpoint_name ~= nil
        and registry.same_key(registry.ENDPOINTS, given.endpoint_name)
        or "STATUS NOT IN ('Deleted', 'NotDeployed') AND AWS_REGION = "
            .. sql.literal(given.aws_region)
    return database.run("SELECT ENDPOINT_NAME, " .. sql.identifier("COLUMNS") .. " FROM "
        .. sql.qualified(exa.meta.script_schema, registry.ENDPOINTS.table_name)
        .. " WHERE " .. condition .. " ORDER BY CREATED_AT DESC LIMIT 1")[1]
end

local function endpoint(given)
    local row = endpoint_row(given)
    local name = row ~= nil and row[1] or given.endpoint_name
    if name == nil then
        return nil, "no endpoint is deployed"
    end
    local columns = row ~= nil and database.value(row[2]) or nil
    local count = columns ~= nil and #registry.decode_columns(columns) or 1
    return ask(given, "check_endpoint", {endpoint_name = name, column_count = count})
end

-- In their order: what each needs to be given, and which other ones have to be in order.
M.CHECKS = {
    {name = "language", run = language},
    {name = "connection", run = function(given) return ask(given, "check_service", {}) end,
        after = {"language"}},
    {name = "bucket", run = bucket, after = {"connection"}, needs = "s3_bucket_uri"},
    {name = "S3 write and read", run = transfer, after = {"bucket"}, needs = "s3_bucket_uri"},
    {name = "role", run = role, after = {"connection"}, needs = "iam_sagemaker_role"},
    {name = "quota", run = quota, after = {"connection"}},
    {name = "endpoint", run = endpoint, after = {"connection"}},
}

local SETTINGS = {s3_bucket_uri = "bucket", iam_sagemaker_role = "role"}

local function outcome(check, given, results)
    for _, name in ipairs(check.after or {}) do
        if results[name] ~= M.OK then
            return M.SKIPPED, "needs the check " .. name
        end
    end
    if check.needs ~= nil and given[check.needs] == nil then
        return M.SKIPPED, "give " .. SETTINGS[check.needs] .. " to check it"
    end
    local ok, found, reason = pcall(check.run, given)
    if not ok then
        return M.FAILED, errors.text(found)
    elseif found == nil then
        return M.SKIPPED, reason
    end
    return M.OK, found
end

local function read(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    arguments.require_all(given, {"aws_credentials_connection_name", "aws_region"})
    given.aws_credentials_connection_name =
        dictionary.connection(given.aws_credentials_connection_name)
    given.s3_connection_name =
        dictionary.connection(given.s3_connection_name or given.aws_credentials_connection_name)
    given.instance_type = given.instance_type or "ml.m5.large"
    if given.s3_bucket_uri ~= nil then
        given.bucket = string.match(given.s3_bucket_uri, "^s3://([^/]+)") or given.s3_bucket_uri
    end
    local path = string.gsub(string.gsub(given.s3_output_path or "", "^/+", ""), "/+$", "")
    given.prefix = path ~= "" and path .. "/" or ""
    return given
end

--- Checks all, whatever of it fails. Nothing is left of it.
function M.main(json_text)
    local given = read(json_text)
    local rows, results = {}, {}
    for i, check in ipairs(M.CHECKS) do
        local result, message = outcome(check, given, results)
        results[check.name] = result
        rows[i] = {check.name, result, message}
    end
    return rows, "CHECK_NAME VARCHAR(50), RESULT VARCHAR(20), MESSAGE VARCHAR(2000000)"
end

return M
