--- SME_WAIT_ and SME_STOP_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION.
local arguments = require("arguments")
local option_values = require("option_values")
local batch = require("batch")

local M = {}

M.WAIT_OPTIONS = {
    transform_job_name = {is = "text"},
    seconds = {is = "whole number", least = 0},
}
M.STOP_OPTIONS = {transform_job_name = {is = "text"}}

local DEFAULT_SECONDS = 10

local function result(row)
    return {{row.TRANSFORM_JOB_NAME, row.STATUS, row.FAILURE_REASON or null}},
        "TRANSFORM_JOB_NAME VARCHAR(100), STATUS VARCHAR(50), FAILURE_REASON VARCHAR(2000)"
end

local function named(json_text, options)
    local given = option_values.read(arguments.read_json(json_text), options)
    arguments.require_all(given, {"transform_job_name"})
    return given, batch.find(given.transform_job_name)
end

--- The status of a batch prediction as soon as it changes, or after `seconds`. What a transform
-- job that failed or was stopped has left is deleted.
function M.wait(json_text)
    local given, row = named(json_text, M.WAIT_OPTIONS)
    if batch.AT_AWS[row.STATUS] and not (row.STATUS == "Starting" and batch.has_owner(row)) then
        batch.note(row, batch.call(row, "wait_for_transform",
            {known = row.STATUS, seconds = given.seconds or DEFAULT_SECONDS}))
    end
    return result(row)
end

--- Stops a batch prediction and deletes what it has made. AWS takes a moment to stop it: its
-- status is Stopping until then, and waiting for it deletes the rest. What was fetched stays.
function M.stop(json_text)
    local _, row = named(json_text, M.STOP_OPTIONS)
    if row.CLEANED_AT == nil then
        batch.clean(row)
    end
    return result(row)
end

return M
