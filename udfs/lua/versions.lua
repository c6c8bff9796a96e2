--- Models and their versions: the name of a model belongs to the user, a job is one version of it.
local sql = require("sql")
local errors = require("errors")
local database = require("database")
local aws = require("aws")
local registry = require("registry")

local M = {}

local LONGEST_JOB_NAME = 32
local DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

-- A training in one of these is not in AWS yet, or nobody has noted that it is.
local UNFINISHED = {Exporting = true, Starting = true}
local RESTARTABLE = {Exporting = true, Starting = true, NotStarted = true}
-- What AWS says of a job changes none of these any more.
M.ENDED = {Completed = true, Failed = true, Stopped = true, Deleting = true}

--- A whole number in few characters.
function M.base36(number)
    local text = ""
    repeat
        local digit = number % 36
        text = string.sub(DIGITS, digit + 1, digit + 1) .. text
        number = number // 36
    until number == 0
    return text
end

--- A job name that AWS takes, for a version of a model.
--
-- stamp: the time to the millisecond as digits. It keeps apart what AWS must never see twice: the
-- same version trained again after its row was lost, or by another registry of the account, and
-- models whose names begin alike.
function M.job_name(model_name, version, stamp)
    local ending = "-v" .. version .. "-" .. M.base36(math.tointeger(tonumber(string.sub(stamp, 3))))
    local slug = string.gsub(string.gsub(model_name, "[^%w]+", "-"), "^-+", "")
    slug = string.gsub(string.sub(slug, 1, LONGEST_JOB_NAME - #ending), "-+$", "")
    return (slug == "" and "model" or slug) .. ending
end

--- The query for all versions of a model, newest first, and for the job of that name.
function M.rows_statement(schema, model_name, job_name)
    return "SELECT JOB_NAME, COALESCE(MODEL_NAME, JOB_NAME), COALESCE(VERSION, 1), STATUS, "
        .. "SCRIPT_USER, S3_PREFIX, CAST(SESSION_ID AS VARCHAR(30)), S3_BUCKET_URI, AWS_REGION FROM "
        .. sql.qualified(schema, registry.JOBS.table_name)
        .. " WHERE UPPER(COALESCE(MODEL_NAME, JOB_NAME)) = UPPER(" .. sql.literal(model_name)
        .. ") OR UPPER(JOB_NAME) = UPPER(" .. sql.literal(job_name) .. ") ORDER BY 3 DESC"
end

--- Adds the ids of other sessions that are running a statement now.
function M.add_busy_sessions(busy)
    local found = database.run("SELECT CAST(SESSION_ID AS VARCHAR(30)) FROM SYS.EXA_ALL_SESSIONS "
        .. "WHERE STATUS <> 'IDLE' AND SESSION_ID <> CURRENT_SESSION")
    for i = 1, #found do
        busy[found[i][1]] = true
    end
    return busy
end

--- The rows of a model and of the job of that name, at_work telling whether their session is.
--
-- busy: sessions that were at work before this transaction began. A session can end between the
-- moment that the registry shows and this one: then its row looks abandoned, but is not.
function M.rows(model_name, job_name, busy)
    local found = database.run(
        M.rows_statement(exa.meta.script_schema, model_name, job_name or model_name))
    M.add_busy_sessions(busy)
    local rows = {}
    for i = 1, #found do
        local row = {}
        for column, name in ipairs({"job_name", "model_name", "version", "status", "user",
                "prefix", "session", "bucket_uri", "region"}) do
            row[name] = database.value(found[i][column])
        end
        row.at_work = busy[row.session] == true
        rows[i] = row
    end
    return rows
end

local function same(one, other)
    return one ~= nil and other ~= nil and string.upper(one) == string.upper(other)
end

local function refuse_if_at_work(row)
    if UNFINISHED[row.status] and row.at_work then
        errors.raise("E-SME-50", "Version " .. row.version .. " of model " .. row.model_name
            .. " is being started by another session (" .. row.session .. " of user " .. row.user
            .. ", job " .. row.job_name .. "). Wait for it, nothing was started twice.")
    end
end

local function versions_of(rows, model_name)
    local versions = {}
    for _, row in ipairs(rows) do
        if same(row.model_name, model_name) then
            versions[#versions + 1] = row
        end
    end
    return versions
end

local function row_of_job(rows, wanted)
    for _, row in ipairs(rows) do
        if same(row.job_name, wanted.job_name) then
            return row
        end
    end
    return nil
end

local function check_job(row, wanted)
    if not same(row.model_name, wanted.model_name)
            or (wanted.version ~= nil and wanted.version ~= row.version) then
        errors.raise("E-SME-51", "Job " .. row.job_name .. " is version " .. row.version
            .. " of model " .. row.model_name .. " already. Choose another job name, or none.")
    end
    refuse_if_at_work(row)
    if not RESTARTABLE[row.status] then
        errors.raise("E-SME-12", "Job name " .. row.job_name .. " was used before (it is "
            .. tostring(row.status) .. "), and AWS never frees the name of a job: choose another "
            .. "one, or give model_name and no job_name.")
    end
end

--- What a training is to start: {model_name, version, job_name or nil, previous}.
--
-- rows: as M.rows gives them. wanted: model_name, and where given version and job_name.
-- previous is the row of an attempt that started nothing, to be taken over. Raises E-SME-12,
-- E-SME-50 where another session is at it, or E-SME-51.
function M.decide(rows, wanted)
    local own_row = row_of_job(rows, wanted)
    if own_row ~= nil then
        check_job(own_row, wanted)
        return {model_name = own_row.model_name, version = own_row.version,
            job_name = own_row.job_name, previous = own_row}
    end
    local versions = versions_of(rows, wanted.model_name)
    local newest = versions[1]
    local next_version = newest ~= nil and newest.version + 1 or 1
    local model_name = newest ~= nil and newest.model_name or wanted.model_name
    for _, row in ipairs(versions) do
        local is_wanted = row.version == wanted.version
            or (wanted.version == nil and wanted.job_name == nil and row == newest)
        if is_wanted then
            refuse_if_at_work(row)
            if RESTARTABLE[row.status] and wanted.job_name == nil then
                return {model_name = model_name, version = row.version, job_name = row.job_name,
                    previous = row}
            end
        end
        if row.version == wanted.version then
            errors.raise("E-SME-51", "Version " .. row.version .. " of model " .. row.model_name
                .. " exists already: job " .. row.job_name .. ", " .. tostring(row.status)
                .. ". The next version is " .. next_version .. ".")
        end
    end
    if wanted.version ~= nil and wanted.version ~= next_version then
        errors.raise("E-SME-51", "The next version of model " .. wanted.model_name .. " is "
            .. next_version .. ", not " .. wanted.version .. ": leave version out.")
    end
    return {model_name = model_name, version = next_version, job_name = wanted.job_name}
end

--- The version that a training is about, as it looks now: what the checks take their time for
-- is not another version afterwards, because somebody else was quicker.
function M.wanted(given)
    local wanted = {model_name = given.model_name or given.job_name, job_name = given.job_name,
        version = given.version}
    local busy = M.add_busy_sessions({})
    database.commit()
    wanted.version =
        M.decide(M.rows(wanted.model_name, wanted.job_name, busy), wanted).version
    return wanted
end

-- The row of the model is written before anything is read: of two trainings that do this at
-- once the database lets one go on, and the other waits or is rolled back and tries again.
local function locked(model_name)
    return database.try(registry.merge_statement(exa.meta.script_schema, registry.MODELS,
        model_name, {UPDATED_AT = registry.NOW}))
end

-- Two models whose names begin alike can be trained in the same millisecond.
local function free_job_name(decision, stamp)
    local number = math.tointeger(tonumber(stamp))
    local name
    repeat
        name = M.job_name(decision.model_name, decision.version, tostring(number))
        number = number + 1
    until registry.find(registry.JOBS, name, {"JOB_NAME"}) == nil
    return name
end

--- Makes a version the own one of this session, so that no other session starts it.
--
-- values_of: gives the registry row of a decision, as registry.save takes it. It is written
-- only where there is no row to take over. Gives the decision.
function M.claim(wanted, stamp, values_of)
    local model = registry.find(registry.MODELS, wanted.model_name, {"MODEL_NAME"})
    local model_name = model ~= nil and model.MODEL_NAME or wanted.model_name
    return database.transaction(function()
        local busy = M.add_busy_sessions({})
        database.commit()
        local ok, reason = locked(model_name)
        if not ok then
            return false, reason
        end
        local decision = M.decide(M.rows(wanted.model_name, wanted.job_name, busy), wanted)
        decision.job_name = decision.job_name or free_job_name(decision, stamp)
        local values = decision.previous ~= nil and {SESSION_ID = registry.SESSION}
            or values_of(decision)
        ok, reason = database.try(registry.merge_statement(
            exa.meta.script_schema, registry.JOBS, decision.job_name, values))
        return ok, ok and decision or reason
    end)
end

--- The status of a version in AWS now, noted in the registry. What has ended is not asked for.
function M.current_status(row, connection, region)
    if row.status == nil or M.ENDED[row.status] or row.status == "NotStarted" then
        return row.status
    end
    local job = aws.call("find_job", connection, region, {job_name = row.job_name}).known_job
    if job == nil then
        return row.status
    end
    registry.note_job(row.job_name, job)
    return job.status
end

local function listed(versions)
    local parts = {}
    for i, row in ipairs(versions) do
        parts[i] = row.version .. " (" .. tostring(row.status) .. ")"
    end
    return table.concat(parts, ", ")
end

--- All versions of a model, newest first, at_work telling whether a session starts one now.
function M.all_of(model_name)
    return versions_of(M.rows(model_name, nil, M.add_busy_sessions({})), model_name)
end

--- As all_of. Raises E-SME-57 where there is none.
function M.of_model(model_name)
    local versions = M.all_of(model_name)
    if #versions == 0 then
        errors.raise("E-SME-57", "There is no model " .. model_name .. " in "
            .. "SME_METADATA_AUTOPILOT_JOBS of schema " .. exa.meta.script_schema
            .. ". Check the name, or train it with sme.train.")
    end
    return versions
end

local function no_such_version(of_model, missing)
    errors.raise("E-SME-57", "Model " .. of_model[1].model_name .. " has " .. missing
        .. ". It has: " .. listed(of_model) .. ".")
end

--- The version of that number. Raises E-SME-57.
function M.numbered(of_model, version)
    for _, row in ipairs(of_model) do
        if row.version == version then
            return row
        end
    end
    no_such_version(of_model, "no version " .. version)
end

--- One version of a model, or without a number the newest that is Completed.
--
-- Raises E-SME-57 where the model has no such version, E-SME-58 where it is not Completed.
function M.completed(model_name, version, connection, region)
    local versions = M.of_model(model_name)
    for _, row in ipairs(versions) do
        if version == nil or row.version == version then
            row.status = M.current_status(row, connection, region)
            if row.status == "Completed" then
                return row
            end
            if version ~= nil then
                errors.raise("E-SME-58", "Version " .. version .. " of model " .. row.model_name
                    .. " is " .. tostring(row.status) .. " (job " .. row.job_name .. "), and only a "
                    .. "Completed version can be promoted or deployed.")
            end
        end
    end
    no_such_version(versions, version ~= nil and "no version " .. version or "no Completed version")
end

return M
