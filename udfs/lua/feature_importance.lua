--- SME_READ_SAGEMAKER_AUTOPILOT_FEATURE_IMPORTANCE: what weighs in a model, into the registry.
local database = require("database")
local aws = require("aws")
local registry = require("registry")
local job_arguments = require("job_arguments")
local details = require("details")

local M = {}

M.OPTIONS = {candidate_name = {is = "text"}}

local COLUMNS = {
    "JOB_NAME", "CANDIDATE_NAME", "LABEL", "FEATURE_NAME", "IMPORTANCE", "IMPORTANCE_RANK",
    "UPDATED_AT",
}

--- Reads the explainability report of a candidate, by default of the best one. The weightiest
-- feature of each label comes first.
function M.main(json_text)
    local given = job_arguments.read(json_text, M.OPTIONS)
    local answer = aws.call("read_feature_importance", given.connection, given.region,
        {job_name = given.job_name, candidate_name = given.candidate_name})
    local rows, shown = {}, {}
    for i, entry in ipairs(answer.importances) do
        rows[i] = {answer.job_name, answer.candidate_name, entry.label, entry.feature,
            entry.importance, entry.position, registry.NOW}
        shown[i] = {answer.candidate_name, entry.label, tostring(math.tointeger(entry.position)),
            entry.feature, entry.importance ~= nil and tostring(entry.importance) or null, answer.job_name}
    end
    details.replace("SME_METADATA_AUTOPILOT_FEATURE_IMPORTANCE",
        {JOB_NAME = answer.job_name, CANDIDATE_NAME = answer.candidate_name}, COLUMNS, rows)
    database.commit()
    return shown, "CANDIDATE_NAME VARCHAR(200), LABEL VARCHAR(200), IMPORTANCE_RANK VARCHAR(20), "
        .. "FEATURE_NAME VARCHAR(2000), IMPORTANCE VARCHAR(50), "
        .. "JOB_NAME VARCHAR(100)"
end

return M
