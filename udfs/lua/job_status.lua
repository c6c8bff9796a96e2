--- SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS and SME_WAIT_SAGEMAKER_AUTOPILOT_JOB.
local arguments = require("arguments")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")

local M = {}

-- The two columns of the predecessor come first.
local COLUMNS = "JOB_STATUS VARCHAR(50), JOB_SECONDARY_STATUS VARCHAR(50), "
    .. "FAILURE_REASON VARCHAR(2000), ELAPSED_SECONDS VARCHAR(20), BEST_CANDIDATE VARCHAR(200), "
    .. "BEST_METRIC_NAME VARCHAR(100), BEST_METRIC_VALUE VARCHAR(50), PROBLEM_TYPE VARCHAR(50)"

local function text(value)
    return value ~= nil and tostring(value) or null
end

--- Brings the registry up to date and gives the status as a row of text.
local function report(job)
    registry.update(registry.JOBS, job.job_name, registry.job_values(job))
    return {{job.status, job.secondary_status, text(job.failure_reason),
        text(math.tointeger(job.elapsed_seconds)), text(job.best_candidate),
        text(job.metric_name), text(job.metric_value), text(job.problem_type)}}, COLUMNS
end

--- The status of a job now.
function M.poll(job_name, connection, region)
    local given = {job_name = job_name, connection = connection, region = region}
    arguments.require_all(given, {"job_name", "connection", "region"})
    connection = dictionary.connection(connection)
    return report(aws.call("describe_job", connection, region, {job_name = job_name}))
end

--- The status of a job as soon as it differs from `known_status` and `known_secondary_status`,
-- or after `seconds`.
function M.wait(json_text)
    local given = arguments.read_json(json_text)
    arguments.require_all(given, {"job_name", "connection", "region"})
    return report(aws.call("wait_for_job", dictionary.connection(given.connection), given.region, {
        job_name = given.job_name,
        known = {given.known_status or "", given.known_secondary_status or ""},
        seconds = given.seconds or 10,
    }))
end

return M
