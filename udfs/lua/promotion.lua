--- SME_PROMOTE_SAGEMAKER_AUTOPILOT_MODEL and SME_ROLLBACK_SAGEMAKER_AUTOPILOT_MODEL: which version
-- of a model is the one to use.
local cjson = require("cjson")
local errors = require("errors")
local arguments = require("arguments")
local option_values = require("option_values")
local dictionary = require("dictionary")
local registry = require("registry")
local versions = require("versions")

local M = {}

M.PROMOTE_OPTIONS = {
    model_name = {is = "text", longest = 100},
    version = {is = "whole number", least = 1},
    aws_credentials_connection_name = {is = "text"},
    aws_region = {is = "text"},
}
M.ROLLBACK_OPTIONS = {model_name = {is = "text", longest = 100}}

local COLUMNS = "MODEL_NAME VARCHAR(100), PROMOTED_VERSION VARCHAR(20), PREVIOUS_VERSION VARCHAR(20), "
    .. "JOB_NAME VARCHAR(100)"

-- A version keeps the time of its first promotion, also when it is rolled back: what was promoted
-- once is never again promoted by a build.
local FIRST_TIME = {sql = "COALESCE(PROMOTED_AT, SYSTIMESTAMP)"}

--- The promoted version of a model and the ones before it, oldest first. Empty for none.
function M.history(model_name)
    local row = registry.find(registry.MODELS, model_name, {"MODEL_NAME", "PROMOTIONS"})
    if row == nil or row.PROMOTIONS == nil then
        return {}, row ~= nil and row.MODEL_NAME or model_name
    end
    local history = {}
    for i, version in ipairs(cjson.decode(row.PROMOTIONS)) do
        history[i] = math.tointeger(version)
    end
    return history, row.MODEL_NAME
end

--- The version of a model that is promoted, or nil.
function M.promoted_version(model_name)
    local history = M.history(model_name)
    return history[#history]
end

local function save(model_name, history)
    registry.save(registry.MODELS, model_name, {
        PROMOTED_VERSION = history[#history] or registry.NULL,
        PROMOTIONS = cjson.encode(history),
        PROMOTED_BY = exa.meta.current_user,
        PROMOTED_AT = registry.NOW,
        UPDATED_AT = registry.NOW,
    })
end

--- Takes a version out of the history: it is deleted.
function M.forget(model_name, version)
    local history, name = M.history(model_name)
    local kept = {}
    for _, promoted in ipairs(history) do
        if promoted ~= version then
            kept[#kept + 1] = promoted
        end
    end
    if #kept < #history then
        save(name, kept)
    end
end

local function result(row, previous)
    return {{row.model_name, tostring(row.version), previous ~= nil and tostring(previous) or null,
        row.job_name}}, COLUMNS
end

--- Promotes a version, or the newest Completed one. Promoting it again changes nothing.
function M.promote(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.PROMOTE_OPTIONS)
    arguments.require_all(given, {"model_name", "aws_credentials_connection_name", "aws_region"})
    local row = versions.completed(given.model_name, given.version,
        dictionary.connection(given.aws_credentials_connection_name), given.aws_region)
    local history, model_name = M.history(row.model_name)
    if history[#history] ~= row.version then
        history[#history + 1] = row.version
        save(model_name, history)
    end
    registry.update(registry.JOBS, row.job_name, {PROMOTED_AT = FIRST_TIME})
    return result(row, history[#history - 1])
end

--- Goes back to the version that was promoted before the present one. AWS is not asked: what was
-- promoted is Completed, and that is final. Raises E-SME-57 or E-SME-59.
function M.rollback(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.ROLLBACK_OPTIONS)
    arguments.require_all(given, {"model_name"})
    local of_model = versions.of_model(given.model_name)
    local history, model_name = M.history(of_model[1].model_name)
    if #history < 2 then
        errors.raise("E-SME-59", "Model " .. model_name .. " has no version to go back to: "
            .. (#history == 0 and "none was ever promoted." or "version " .. history[1]
            .. " is the first that was promoted."))
    end
    local left = table.remove(history)
    local row = versions.numbered(of_model, history[#history])
    save(model_name, history)
    return result(row, left)
end

return M
