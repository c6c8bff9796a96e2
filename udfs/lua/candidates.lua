--- SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES: all candidates of a job, into the registry.
local cjson = require("cjson")
local database = require("database")
local aws = require("aws")
local registry = require("registry")
local job_arguments = require("job_arguments")
local details = require("details")

local M = {}

local CANDIDATE_COLUMNS = {
    "JOB_NAME", "CANDIDATE_NAME", "CANDIDATE_STATUS", "FAILURE_REASON", "IS_BEST", "METRIC_NAME",
    "METRIC_TYPE", "METRIC_VALUE", "METRICS", "EXPLAINABILITY_URI", "MODEL_INSIGHTS_URI",
    "BACKTEST_RESULTS_URI", "MODEL_URIS", "TRAINING_SECONDS", "CREATED_AT_UTC", "ENDED_AT_UTC",
    "UPDATED_AT",
}
local METRIC_COLUMNS = {"JOB_NAME", "CANDIDATE_NAME", "METRIC_NAME", "DATA_SET", "METRIC_VALUE"}
local RESULT = "CANDIDATE_NAME VARCHAR(200), CANDIDATE_STATUS VARCHAR(50), IS_BEST VARCHAR(5), "
    .. "METRIC_NAME VARCHAR(100), METRIC_VALUE VARCHAR(50), TRAINING_SECONDS VARCHAR(20), "
    .. "METRICS VARCHAR(2000000), EXPLAINABILITY_URI VARCHAR(2000), "
    .. "MODEL_INSIGHTS_URI VARCHAR(2000), FAILURE_REASON VARCHAR(2000), JOB_NAME VARCHAR(100)"

--- Metrics as a JSON object, such as {"Validation": {"F1": 0.9}}.
function M.metrics_json(metrics)
    local by_set = {}
    for _, metric in ipairs(metrics) do
        local data_set = metric.data_set or "Unknown"
        by_set[data_set] = by_set[data_set] or {}
        by_set[data_set][metric.name] = metric.value
    end
    return next(by_set) and cjson.encode(by_set) or nil
end

--- One row of SME_METADATA_AUTOPILOT_CANDIDATES.
function M.candidate_row(job_name, candidate)
    return {
        job_name, candidate.candidate_name, candidate.status, candidate.failure_reason,
        candidate.is_best, candidate.metric_name, candidate.metric_type, candidate.metric_value,
        M.metrics_json(candidate.metrics), candidate.explainability_uri,
        candidate.model_insights_uri, candidate.backtest_results_uri,
        #candidate.model_uris > 0 and cjson.encode(candidate.model_uris) or nil,
        candidate.training_seconds, registry.moment(candidate.created_at),
        registry.moment(candidate.ended_at), registry.NOW,
    }
end

local function text(value)
    return value ~= nil and tostring(value) or null
end

--- Lists the candidates, the best first. A job that runs has those that were begun so far.
function M.main(json_text)
    local given = job_arguments.read(json_text)
    local listed = aws.call("list_candidates", given.connection, given.region,
        {job_name = given.job_name})
    local job_name, candidates, metrics, shown = listed.job_name, {}, {}, {}
    for i, candidate in ipairs(listed.candidates) do
        candidates[i] = M.candidate_row(job_name, candidate)
        for _, metric in ipairs(candidate.metrics) do
            metrics[#metrics + 1] =
                {job_name, candidate.candidate_name, metric.name, metric.data_set, metric.value}
        end
        shown[i] = {
            candidate.candidate_name, candidate.status, candidate.is_best and "TRUE" or "FALSE",
            text(candidate.metric_name), text(candidate.metric_value),
            text(math.tointeger(candidate.training_seconds)),
            text(M.metrics_json(candidate.metrics)), text(candidate.explainability_uri),
            text(candidate.model_insights_uri), text(candidate.failure_reason), job_name,
        }
    end
    local key = {JOB_NAME = job_name}
    details.replace("SME_METADATA_AUTOPILOT_CANDIDATES", key, CANDIDATE_COLUMNS, candidates)
    details.replace("SME_METADATA_AUTOPILOT_CANDIDATE_METRICS", key, METRIC_COLUMNS, metrics)
    database.commit()
    return shown, RESULT
end

return M
