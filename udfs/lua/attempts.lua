--- Attempts to start a job that ended before they could say how far they came.
local sql = require("sql")
local database = require("database")
local aws = require("aws")
local registry = require("registry")
local versions = require("versions")

local M = {}

local INTERRUPTED = "E-SME-63: The session that was starting this job ended before AWS had it. "
    .. "What it had exported is deleted. Train again."

--- The job of that name if it reads from that prefix, as AWS summarises it: then it is the one
-- that this attempt has started. nil where AWS has none, or another one.
--
-- site: connection and region.
function M.started(site, job_name, prefix)
    local job = aws.call("find_job", site.connection, site.region, {job_name = job_name}).known_job
    if job == nil or prefix == nil or string.find(job.input_uri, prefix, 1, true) == nil then
        return nil
    end
    return job
end

--- Deletes what lies below a prefix. Gives the number of objects.
function M.delete_export(site, bucket_uri, prefix)
    local bucket = string.match(bucket_uri, "^s3://([^/]+)") or bucket_uri
    return aws.call("delete_prefix", site.connection, site.region,
        {bucket = bucket, prefix = prefix}).deleted
end

--- The job that an attempt has started, or nil after what it had exported is gone.
--
-- row: job_name, prefix and bucket_uri.
function M.settle(site, row)
    local job = M.started(site, row.job_name, row.prefix)
    if job == nil and row.prefix ~= nil then
        M.delete_export(site, row.bucket_uri, row.prefix)
    end
    return job
end

--- The attempts that no session is at work on.
function M.abandoned()
    local busy = versions.add_busy_sessions({})
    database.commit()
    local found = database.run("SELECT JOB_NAME, S3_PREFIX, S3_BUCKET_URI, "
        .. "AWS_CREDENTIALS_CONNECTION_NAME, AWS_REGION, CAST(SESSION_ID AS VARCHAR(30)) FROM "
        .. sql.qualified(exa.meta.script_schema, registry.JOBS.table_name)
        .. " WHERE STATUS IN ('Exporting', 'Starting')")
    versions.add_busy_sessions(busy)
    local rows = {}
    for i = 1, #found do
        if not busy[found[i][6]] then
            rows[#rows + 1] = {job_name = found[i][1], prefix = database.value(found[i][2]),
                bucket_uri = found[i][3], session = found[i][6],
                site = {connection = found[i][4], region = found[i][5]}}
        end
    end
    return rows
end

--- What the row of an attempt says from now on, if nobody has taken it over in the meantime.
function M.note_statement(schema, row, job)
    local values = job ~= nil and registry.job_values(job)
        or {STATUS = "NotStarted", FAILURE_REASON = INTERRUPTED}
    return registry.update_statement(schema, registry.JOBS, row.job_name, values)
        .. " AND STATUS IN ('Exporting', 'Starting') AND SESSION_ID = " .. row.session
end

--- Settles an attempt that was abandoned: a job that it started is noted, else its export goes.
function M.settle_row(row)
    local statement = M.note_statement(exa.meta.script_schema, row, M.settle(row.site, row))
    database.transaction(function()
        return database.try(statement)
    end)
end

--- Settles every attempt that was abandoned under another name than `own_job`. One whose CONNECTION
-- is gone, or nothing that this user may use, stays for garbage collection.
function M.settle_abandoned(own_job)
    for _, row in ipairs(M.abandoned()) do
        if string.upper(row.job_name) ~= string.upper(own_job) then
            pcall(M.settle_row, row)
        end
    end
end

return M
