--- The JSON argument of the scripts that are about one job, or the job of a model.
local sql = require("sql")
local errors = require("errors")
local database = require("database")
local dictionary = require("dictionary")
local registry = require("registry")
local arguments = require("arguments")
local option_values = require("option_values")

local M = {}

M.OPTIONS = {
    job_name = {is = "text"},
    model_name = {is = "text", longest = 100},
    version = {is = "whole number", least = 1},
    aws_credentials_connection_name = {is = "text"},
    aws_region = {is = "text"},
}

--- The query for the job that is a version of a model, without one the newest. A training that
-- AWS never got does not count.
function M.job_statement(schema, model_name, version)
    local condition = "UPPER(COALESCE(MODEL_NAME, JOB_NAME)) = UPPER(" .. sql.literal(model_name)
        .. ") AND COALESCE(STATUS, 'InProgress') <> 'NotStarted'"
    if version ~= nil then
        condition = condition .. " AND COALESCE(" .. sql.identifier("VERSION") .. ", 1) = " .. version
    end
    return "SELECT JOB_NAME FROM " .. sql.qualified(schema, registry.JOBS.table_name) .. " WHERE "
        .. condition .. " ORDER BY COALESCE(" .. sql.identifier("VERSION") .. ", 1) DESC LIMIT 1"
end

local function job_of_model(model_name, version)
    local schema = exa.meta.script_schema
    local rows = database.run(M.job_statement(schema, model_name, version))
    if #rows == 0 then
        errors.raise("E-SME-73", "Model " .. model_name .. " has no version"
            .. (version ~= nil and " " .. version or "") .. " that was started. See "
            .. "SME_METADATA_AUTOPILOT_JOBS of schema " .. schema .. ", or train it with sme.train.")
    end
    return rows[1][1]
end

--- Reads it. others: options that the script has besides, as option_values takes them.
--
-- Gives the options with connection, region and job_name, that of a model where a model is given.
-- Raises E-SME-5, -6, -29, -54, -60 or -73.
function M.read(json_text, others)
    local options = {}
    for _, list in ipairs({M.OPTIONS, others or {}}) do
        for name, option in pairs(list) do
            options[name] = option
        end
    end
    local given = option_values.read(arguments.read_json(json_text), options)
    option_values.never_both(given, "job_name", "model_name")
    arguments.require_all(given, {given.model_name == nil and "job_name" or "model_name",
        "aws_credentials_connection_name", "aws_region"})
    if given.model_name ~= nil then
        given.job_name = job_of_model(given.model_name, given.version)
    elseif given.version ~= nil then
        errors.raise("E-SME-54", "version goes together with model_name: a job is one version.")
    end
    given.connection = dictionary.connection(given.aws_credentials_connection_name)
    given.region = given.aws_region
    return given
end

return M
