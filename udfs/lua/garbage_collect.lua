--- SME_COLLECT_SAGEMAKER_AUTOPILOT_GARBAGE: what nobody needs is listed and, where asked for, removed.
local cjson = require("cjson")
local sql = require("sql")
local errors = require("errors")
local arguments = require("arguments")
local database = require("database")
local dictionary = require("dictionary")
local aws = require("aws")
local registry = require("registry")
local accounts = require("accounts")
local option_values = require("option_values")
local versions = require("versions")
local attempts = require("attempts")
local delete = require("delete")
local batch = require("batch")
local garbage = require("garbage")

local M = {}

M.OPTIONS = {
    dry_run = {is = "boolean"},
    aws_credentials_connection_name = {is = "text"},
    aws_region = {is = "text"},
}
-- Trainings in these need nothing that lies in S3.
local NEEDS_NOTHING = {NotStarted = true, Deleting = true}

local function rows_of(kind, expressions)
    return database.run("SELECT " .. expressions .. " FROM "
        .. sql.qualified(exa.meta.script_schema, kind.table_name) .. " ORDER BY " .. sql.identifier(kind.key))
end

-- Whether something is in the region and account that are looked at.
local function is_here(known, given, job_name, connection, region)
    local own = {account = known.accounts[string.upper(job_name or "")], connection = connection}
    return region == given.aws_region and accounts.is_in(own, given)
end

local function add_endpoints(known, given)
    known.endpoints, known.endpoint_names, known.scaled_endpoints = {}, {}, {}
    local found = rows_of(registry.ENDPOINTS, "ENDPOINT_NAME, STATUS, ENDPOINT_CONFIG_NAME, PENDING, "
        .. "COALESCE(EXPIRES_AT <= SYSTIMESTAMP, FALSE), MAX_INSTANCE_COUNT IS NOT NULL, JOB_NAME, "
        .. "AWS_CREDENTIALS_CONNECTION_NAME, AWS_REGION")
    for i = 1, #found do
        local pending = database.value(found[i][4])
        known.endpoint_names[i] = found[i][1]
        if found[i][6] then
            known.scaled_endpoints[#known.scaled_endpoints + 1] = found[i][1]
        end
        known.endpoints[string.upper(found[i][1])] = {
            name = found[i][1],
            status = database.value(found[i][2]),
            config_name = database.value(found[i][3]),
            pending_config_name = pending ~= nil
                and cjson.decode(pending).values.ENDPOINT_CONFIG_NAME or nil,
            is_expired = found[i][5],
            is_here = is_here(known, given, database.value(found[i][7]),
                database.value(found[i][8]), database.value(found[i][9])),
        }
    end
end

-- Trainings: their names and accounts, their prefixes, and where in S3 such prefixes may be.
local function add_jobs(known)
    known.jobs, known.accounts = {}, {}
    known.places, known.needed_prefixes, known.known_prefixes = {}, {}, {}
    local places = {}
    local found = rows_of(registry.JOBS, "JOB_NAME, STATUS, S3_PREFIX, S3_BUCKET_URI, S3_OUTPUT_PATH, "
        .. "IAM_SAGEMAKER_ROLE")
    for i = 1, #found do
        known.jobs[string.upper(found[i][1])] = true
        local account = accounts.in_arn(database.value(found[i][6]))
        known.accounts[string.upper(found[i][1])] = account
        local prefix = database.value(found[i][3])
        if prefix ~= nil then
            known.known_prefixes[#known.known_prefixes + 1] = prefix
            if not NEEDS_NOTHING[database.value(found[i][2])] then
                known.needed_prefixes[#known.needed_prefixes + 1] = prefix
            end
        end
        local bucket = string.match(found[i][4], "^s3://([^/]+)") or found[i][4]
        local path = string.gsub(string.gsub(found[i][5], "^/+", ""), "/+$", "")
        local place = table.concat({account or "", bucket, path}, "/")
        if not places[place] then
            places[place] = true
            known.places[#known.places + 1] = {account = account, bucket = bucket, path = path}
        end
    end
end

-- Why what a batch prediction has is not needed, or nil where it is.
local function why_not(row)
    if not batch.is_under_way(row) then
        return "it is " .. row.STATUS .. ", and was not cleaned up after"
    elseif row.STATUS == "Stopping" then
        return "it was stopped"
    elseif (row.STATUS == "Exporting" or row.STATUS == "Starting") and not batch.has_owner(row) then
        return "the session that was starting it has ended"
    end
    return nil
end

local function add_batches(known, given)
    known.batches, known.leftovers = {}, {}
    for _, row in ipairs(batch.with_leftovers("TRUE")) do
        known.batches[string.upper(row.TRANSFORM_JOB_NAME)] = true
        -- Its own clean-up takes the prefix with it.
        known.needed_prefixes[#known.needed_prefixes + 1] = row.S3_PREFIX
        local reason = why_not(row)
        if reason ~= nil and is_here(known, given, row.JOB_NAME,
                row.AWS_CREDENTIALS_CONNECTION_NAME, row.AWS_REGION) then
            -- The CONNECTION that it was made with may be gone.
            row.AWS_CREDENTIALS_CONNECTION_NAME = given.connection
            known.leftovers[#known.leftovers + 1] =
                {name = row.TRANSFORM_JOB_NAME, reason = reason, row = row}
        end
    end
end

local function add_trainings(known, given)
    known.trainings = {}
    for _, row in ipairs(attempts.abandoned()) do
        if is_here(known, given, row.job_name, row.site.connection, row.site.region) then
            -- The CONNECTION that it was begun with may be gone.
            row.site.connection = given.connection
            known.trainings[#known.trainings + 1] = {name = row.job_name,
                reason = "the session that was starting it has ended", row = row}
        end
    end
end

-- What the registry says now.
local function registered(given)
    local known = {}
    database.commit()
    add_jobs(known)
    add_batches(known, given)
    add_endpoints(known, given)
    add_trainings(known, given)
    return known
end

-- AWS is read first and then the registry, which has a row before AWS has the thing: what is in
-- AWS and not in the registry then is unneeded, and not just begun by somebody else.
local function compared(given)
    local is_busy = next(versions.add_busy_sessions({})) ~= nil
    local before = registered(given)
    local held = aws.call("holdings", given.connection, given.aws_region, {
        schema = exa.meta.script_schema,
        scaled_endpoints = before.scaled_endpoints,
        places = before.places,
        needed_prefixes = before.needed_prefixes,
        known_prefixes = before.known_prefixes,
    })
    given.account = held.account
    return garbage.unneeded(registered(given), held, is_busy)
end

local function deleted_by(action)
    return function(finding, given)
        aws.call(action, given.connection, given.aws_region, {name = finding.name})
        return "deleted"
    end
end

-- How what is unneeded is removed. Each gives what was done.
local REMOVE = {
    endpoint = function(finding, given)
        local row = delete.main(finding.name, given.connection, given.aws_region)[1]
        return "is " .. row[2] .. ": " .. row[3]
    end,
    configuration = deleted_by("delete_config"),
    model = deleted_by("delete_model"),
    ["scaling target"] = deleted_by("delete_scaling_target"),
    ["training job"] = function(finding, given)
        return "is " .. aws.call("stop_job", given.connection, given.aws_region,
            {job_name = finding.name}).status
    end,
    ["transform job"] = function(finding, given)
        return "is " .. aws.call("stop_transform", given.connection, given.aws_region,
            {transform_job_name = finding.name}).status
    end,
    training = function(finding)
        attempts.settle_row(finding.row)
        return "settled"
    end,
    ["batch prediction"] = function(finding)
        batch.clean(finding.row)
        return "is " .. finding.row.STATUS
    end,
    ["S3 prefix"] = function(finding, given)
        local count = aws.call("delete_prefix", given.connection, given.aws_region, finding.place).deleted
        return "deleted " .. math.tointeger(count) .. " objects"
    end,
}

--- Lists what AWS holds for this registry and nobody needs, and with dry_run false removes it.
--
-- What sme has not made is never touched, nor what another registry has made: things in AWS are
-- known by their tags. What cannot be removed now says why, and the next call tries again.
function M.main(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    arguments.require_all(given, {"aws_credentials_connection_name", "aws_region"})
    given.connection = dictionary.connection(given.aws_credentials_connection_name)
    local result = {}
    for i, finding in ipairs(compared(given)) do
        local done, outcome = true, "nothing yet"
        if given.dry_run == false then
            done, outcome = pcall(REMOVE[finding.kind], finding, given)
        end
        result[i] = {finding.kind, finding.name, finding.reason,
            done and outcome or "failed: " .. errors.text(outcome)}
    end
    return result, "KIND VARCHAR(50), NAME VARCHAR(2000), REASON VARCHAR(200), DONE VARCHAR(2000000)"
end

return M
