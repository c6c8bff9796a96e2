--- SME_STOP_SAGEMAKER_AUTOPILOT_JOB: stops a job that runs.
local aws = require("aws")
local registry = require("registry")
local job_arguments = require("job_arguments")

local M = {}

--- Asks AWS to stop a job, and brings the registry up to date. AWS takes a moment for it: the job
-- is Stopping first. A job that has ended stays as it is.
function M.main(json_text)
    local given = job_arguments.read(json_text)
    local job = aws.call("stop_job", given.connection, given.region, {job_name = given.job_name})
    registry.note_job(job.job_name, job)
    local done = job.was_running and "stop requested" or "had ended before"
    return {{job.job_name, job.status, job.secondary_status, done}},
        "JOB_NAME VARCHAR(100), JOB_STATUS VARCHAR(50), JOB_SECONDARY_STATUS VARCHAR(50), "
        .. "DONE VARCHAR(50)"
end

return M
