--- SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS, SME_POLL_SAGEMAKER_AUTOPILOT_JOB and
-- SME_WAIT_SAGEMAKER_AUTOPILOT_JOB.
local errors = require("errors")
local arguments = require("arguments")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")
local job_arguments = require("job_arguments")
local watching = require("watching")

local M = {}

-- How a client asks that shows changes: once, for as long as nothing differs from what it knows.
M.POLL_OPTIONS = {
    seconds = {is = "whole number", least = 0},
    known_status = {is = "text"},
    known_secondary_status = {is = "text"},
}

M.WAIT_OPTIONS = {timeout = {is = "whole number", least = 0}}

local A_DAY = 86400

-- The two columns of the predecessor come first.
local COLUMNS = "JOB_STATUS VARCHAR(50), JOB_SECONDARY_STATUS VARCHAR(50), "
    .. "FAILURE_REASON VARCHAR(2000), ELAPSED_SECONDS VARCHAR(20), BEST_CANDIDATE VARCHAR(200), "
    .. "BEST_METRIC_NAME VARCHAR(100), BEST_METRIC_VALUE VARCHAR(50), PROBLEM_TYPE VARCHAR(50), "
    .. "JOB_NAME VARCHAR(100), MAX_RUNTIME_SECONDS VARCHAR(20)"

local function text(value)
    return value ~= nil and tostring(value) or null
end

-- Brings the registry up to date and gives the status as a row of text.
local function reported(job)
    registry.note_job(job.job_name, job)
    return {job.status, job.secondary_status, text(job.failure_reason),
        text(math.tointeger(job.elapsed_seconds)), text(job.best_candidate),
        text(job.metric_name), text(job.metric_value), text(job.problem_type), job.job_name,
        text(math.tointeger(job.max_runtime_seconds))}
end

--- The status of a job now, by the arguments of the predecessor.
function M.poll(job_name, connection, region)
    local given = {job_name = job_name, connection = connection, region = region}
    arguments.require_all(given, {"job_name", "connection", "region"})
    connection = dictionary.connection(connection)
    return {reported(aws.call("describe_job", connection, region, {job_name = job_name}))}, COLUMNS
end

local function changed(given, known, seconds)
    return aws.call("wait_for_job", given.connection, given.region,
        {job_name = given.job_name, known = known, seconds = seconds})
end

--- The status of a job, or of the job of a model: now, or as soon as it differs from the known
-- one, but after `seconds` at the latest.
function M.poll_json(json_text)
    local given = job_arguments.read(json_text, M.POLL_OPTIONS)
    local known = {given.known_status or "", given.known_secondary_status or ""}
    return {reported(changed(given, known, given.seconds or 0))}, COLUMNS
end

--- Waits until a job has ended, a row for each change of its status. Raises E-SME-24 after
-- `timeout` seconds, E-SME-25 where the job did not complete.
function M.wait(json_text)
    local given = job_arguments.read(json_text, M.WAIT_OPTIONS)
    local timeout = given.timeout or A_DAY
    local rows, last = watching.until_done(function(seen, seconds)
        local known = seen ~= nil and {seen.job.status, seen.job.secondary_status} or {"", ""}
        local job = changed(given, known, seconds)
        return {row = reported(job), state = job.status .. "/" .. job.secondary_status, job = job,
            is_running = job.status == "InProgress" or job.status == "Stopping"}
    end, timeout)
    if rows == nil then
        errors.raise("E-SME-24", "Job " .. given.job_name .. " is still " .. last.job.status
            .. " after " .. timeout .. " s, the time limit of this wait. It goes on in AWS: wait "
            .. "again, or give a longer timeout.")
    elseif last.job.status ~= "Completed" then
        errors.raise("E-SME-25", "Job " .. given.job_name .. " ended as " .. last.job.status .. ": "
            .. (last.job.failure_reason or "AWS gives no reason.") .. " Mend the cause and train "
            .. "again under a new job name.")
    end
    return rows, COLUMNS
end

return M
