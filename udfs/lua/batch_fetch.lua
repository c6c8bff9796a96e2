--- SME_FETCH_SAGEMAKER_AUTOPILOT_BATCH_PREDICTION: answers of a transform job become a table.
local cjson = require("cjson")
local errors = require("errors")
local arguments = require("arguments")
local database = require("database")
local registry = require("registry")
local option_values = require("option_values")
local batch = require("batch")
local batch_data = require("batch_data")

local M = {}

M.OPTIONS = {transform_job_name = {is = "text"}}

-- Raises E-SME-93 for a batch prediction that has no answers, or not yet.
local function check_status(row)
    if row.STATUS == "Completed" then
        return
    end
    local reason = row.FAILURE_REASON ~= nil and ": " .. row.FAILURE_REASON or ""
    errors.raise("E-SME-93", "Batch prediction " .. row.TRANSFORM_JOB_NAME .. " is " .. row.STATUS
        .. reason .. ", so it has no answers to fetch. "
        .. (batch.AT_AWS[row.STATUS] and "Wait until it is Completed."
            or "Mend the cause and start it again."))
end

-- The answers as they lie in S3. Raises E-SME-94 unless every row has exactly one.
local function import(row)
    local answers_table = batch.answers_table(row)
    database.run(batch_data.answers_statement(answers_table))
    local files = row.ROW_COUNT == 0 and {}
        or batch.call(row, "transform_output").keys
    if #files > 0 then
        local ok, reason = database.try(batch_data.import_statement(answers_table,
            #cjson.decode(row.RESPONSE_KEYS), row.S3_CONNECTION_NAME, files))
        if not ok then
            errors.raise("E-SME-94", "The answers of batch prediction " .. row.TRANSFORM_JOB_NAME
                .. " cannot be imported: " .. reason .. ". You need the IMPORT privilege and the "
                .. "right to use CONNECTION " .. row.S3_CONNECTION_NAME .. ". Then fetch it again.")
        end
    end
    local counted =
        database.run(batch_data.answers_profile_statement(answers_table, batch.rows_table(row)))[1]
    local answers, answered = database.value(counted[1]), database.value(counted[2])
    if answers ~= row.ROW_COUNT or answered ~= row.ROW_COUNT then
        errors.raise("E-SME-94", "Batch prediction " .. row.TRANSFORM_JOB_NAME .. " has " .. answers
            .. " answers for " .. answered .. " of its " .. row.ROW_COUNT .. " rows, and nothing of it "
            .. "is used. Stop it with sme.stop_batch and start it again.")
    end
end

--- Fetches the answers of a completed batch prediction into its result table, then deletes all
-- that lies in S3, its model and its own tables. Fetching again changes nothing.
function M.main(json_text)
    local given = option_values.read(arguments.read_json(json_text), M.OPTIONS)
    arguments.require_all(given, {"transform_job_name"})
    local row = batch.find(given.transform_job_name)
    if batch.AT_AWS[row.STATUS] then
        batch.note(row, batch.call(row, "wait_for_transform", {known = row.STATUS, seconds = 0}))
    end
    if row.STATUS ~= "Fetched" then
        check_status(row)
        import(row)
        database.run(batch_data.result_statement(row, batch.rows_table(row), batch.answers_table(row)))
        batch.update(row, {STATUS = "Fetched", FAILURE_REASON = registry.NULL})
    end
    if row.CLEANED_AT == nil then
        batch.clean(row, "Fetched")
    end
    return {{row.TRANSFORM_JOB_NAME, row.STATUS, row.RESULT_SCHEMA, row.RESULT_TABLE,
        tostring(row.ROW_COUNT)}},
        "TRANSFORM_JOB_NAME VARCHAR(100), STATUS VARCHAR(50), RESULT_SCHEMA VARCHAR(200), "
        .. "RESULT_TABLE VARCHAR(200), ROW_COUNT VARCHAR(20)"
end

return M
