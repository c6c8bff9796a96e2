--- What can be asked of a deployment: every option, its legal values and combinations.
--
-- Everything here is known without the database and without AWS, so that a wrong call ends
-- before anything has happened. docs/reference is tested against the table.
local errors = require("errors")
local arguments = require("arguments")
local option_values = require("option_values")

local M = {}

M.OPTIONS = {
    job_name = {is = "text"},
    model_name = {is = "text"},
    version = {is = "whole number", least = 1},
    candidate_name = {is = "text"},
    endpoint_name = {is = "text"},
    schema_name = {is = "text"},
    aws_credentials_connection_name = {is = "text"},
    aws_region = {is = "text"},
    instance_type = {is = "text"},
    instance_count = {is = "whole number", least = 1},
    min_instance_count = {is = "whole number", least = 1},
    max_instance_count = {is = "whole number", least = 1},
    target_invocations_per_instance = {is = "whole number", least = 1},
    serverless_memory_mb = {is = "whole number", least = 1,
        values = {1024, 2048, 3072, 4096, 5120, 6144}},
    serverless_max_concurrency = {is = "whole number", least = 1, most = 200},
    time_to_live_hours = {is = "whole number", least = 0, most = 87600},
    tags = {is = "object", most = 44},
    dbt_invocation_id = {is = "text"},
}

local REQUIRED = {"endpoint_name", "schema_name", "aws_credentials_connection_name", "aws_region"}
local ON_INSTANCES = {"instance_type", "instance_count", "min_instance_count",
    "max_instance_count", "target_invocations_per_instance"}
local SERVERLESS = {"serverless_memory_mb", "serverless_max_concurrency"}

M.DEFAULT_TYPE, M.DEFAULT_COUNT = "ml.m5.large", 1

--- The options that say how large an endpoint is.
M.SIZE = {}
for _, names in ipairs({ON_INSTANCES, SERVERLESS}) do
    for _, name in ipairs(names) do
        M.SIZE[#M.SIZE + 1] = name
    end
end

local function check_what(given)
    if given.job_name == nil and given.model_name == nil then
        arguments.require_all(given, {"job_name"})
    end
    option_values.never_both(given, "job_name", "model_name")
    if given.version ~= nil and given.model_name == nil then
        errors.raise("E-SME-54", "version is given together with model_name: a job is one version.")
    end
end

local function check_serverless(given)
    option_values.together(given, "serverless_memory_mb", "serverless_max_concurrency")
    for _, name in ipairs(ON_INSTANCES) do
        option_values.never_both(given, name, "serverless_memory_mb")
    end
end

local function check_scaling(given)
    option_values.together(given, "max_instance_count", "target_invocations_per_instance")
    local least, most = given.min_instance_count, given.max_instance_count
    if least ~= nil and most == nil then
        errors.raise("E-SME-54", "min_instance_count is given together with max_instance_count and "
            .. "target_invocations_per_instance.")
    end
    if most == nil then
        return
    end
    least = least or given.instance_count or M.DEFAULT_COUNT
    local count = given.instance_count or least
    if least > most or count < least or count > most then
        errors.raise("E-SME-54", "Instances can only scale from min_instance_count over "
            .. "instance_count to max_instance_count, but these are " .. least .. ", " .. count
            .. " and " .. most .. ".")
    end
    if string.match(given.instance_type or M.DEFAULT_TYPE, "^ml%.t%d") then
        option_values.refuse("instance_type", given.instance_type, "AWS scales no burstable "
            .. "instances: choose another type or leave max_instance_count out")
    end
end

--- Checks the options of a deployment, in place.
--
-- Raises E-SME-6, -11, -29, -54 or -60.
function M.check(given)
    option_values.read(given, M.OPTIONS)
    check_what(given)
    arguments.require_all(given, REQUIRED)
    arguments.check_name("endpoint", given.endpoint_name, 63)
    check_serverless(given)
    check_scaling(given)
    option_values.check_tags(given.tags)
    return given
end

--- The size that a deployment asks for: as given, or where nothing of it was given that of the
-- endpoint as it is, or the smallest.
--
-- current: a table of the same names, or nil where there is no endpoint yet.
function M.size(given, current)
    local size, is_given = {}, false
    for _, name in ipairs(M.SIZE) do
        size[name] = given[name]
        is_given = is_given or given[name] ~= nil
    end
    if not is_given and current ~= nil then
        return current
    end
    if size.serverless_memory_mb == nil then
        size.instance_type = size.instance_type or M.DEFAULT_TYPE
        if size.max_instance_count ~= nil then
            size.min_instance_count = size.min_instance_count or size.instance_count
                or M.DEFAULT_COUNT
        end
        size.instance_count = size.instance_count or size.min_instance_count or M.DEFAULT_COUNT
    end
    return size
end

--- A size in words.
function M.size_text(size)
    if size.serverless_memory_mb ~= nil then
        return "serverless, " .. size.serverless_memory_mb .. " MB for up to "
            .. size.serverless_max_concurrency .. " requests at a time"
    elseif size.max_instance_count ~= nil then
        return size.min_instance_count .. " to " .. size.max_instance_count .. " x "
            .. size.instance_type
    end
    return size.instance_count .. " x " .. size.instance_type
end

return M
