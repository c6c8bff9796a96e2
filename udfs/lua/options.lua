--- What can be asked of a training: every option, its legal values and combinations.
--
-- Everything here is known without the database and without AWS, so that a wrong call ends
-- before anything has happened. The tables are the one list of options: docs/reference is
-- tested against them.
local cjson = require("cjson")
local errors = require("errors")
local arguments = require("arguments")
local option_values = require("option_values")

local M = {}

local contains, refuse = option_values.contains, option_values.refuse
local must_be_one_of = option_values.must_be_one_of

M.PROBLEM_TYPES = {"Regression", "BinaryClassification", "MulticlassClassification",
    "TimeSeriesForecasting", "TextClassification"}

-- The kind of request in AWS that a problem type belongs to. Without one it is tabular.
M.KINDS = {TimeSeriesForecasting = "forecasting", TextClassification = "text"}

-- The first one is what AWS takes by default.
M.OBJECTIVES = {
    Regression = {"MSE", "MAE", "R2", "RMSE"},
    BinaryClassification = {"F1", "Accuracy", "AUC", "BalancedAccuracy", "Precision", "Recall"},
    MulticlassClassification =
        {"Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"},
    TimeSeriesForecasting = {"AverageWeightedQuantileLoss", "MAPE", "MASE", "RMSE", "WAPE"},
    TextClassification = {"Accuracy"},
}

M.MODES = {"AUTO", "ENSEMBLING", "HYPERPARAMETER_TUNING"}

M.ALGORITHMS = {
    ENSEMBLING = {"catboost", "extra-trees", "fastai", "lightgbm", "linear-learner", "nn-torch",
        "randomforest", "xgboost"},
    HYPERPARAMETER_TUNING = {"linear-learner", "mlp", "xgboost"},
    TimeSeriesForecasting = {"arima", "cnn-qr", "deepar", "ets", "npts", "prophet"},
}

local TABULAR, FORECASTING, TEXT = "tabular", "forecasting", "text"

-- Each option: what its value is, its bounds or legal values, and, where not all, the kinds of
-- training that it belongs to.
M.OPTIONS = {
    job_name = {is = "text"},
    model_name = {is = "text", longest = 100},
    version = {is = "whole number", least = 1},
    aws_credentials_connection_name = {is = "text"},
    s3_connection_name = {is = "text"},
    aws_region = {is = "text"},
    iam_sagemaker_role = {is = "text"},
    s3_bucket_uri = {is = "text"},
    s3_output_path = {is = "text"},
    input_schema_name = {is = "text"},
    input_table_or_view_name = {is = "text"},
    input_query = {is = "text"},
    validation_schema_name = {is = "text", kinds = {TABULAR, TEXT}},
    validation_table_or_view_name = {is = "text", kinds = {TABULAR, TEXT}},
    validation_fraction = {is = "fraction", kinds = {TABULAR, TEXT}},
    target_attribute_name = {is = "text"},
    include_columns = {is = "list", kinds = {TABULAR, FORECASTING}},
    exclude_columns = {is = "list"},
    key_columns = {is = "list"},
    sample_weight_column = {is = "text", kinds = {TABULAR}},
    problem_type = {is = "text", values = M.PROBLEM_TYPES},
    objective = {is = "text"},
    mode = {is = "text", values = M.MODES, kinds = {TABULAR}},
    algorithms = {is = "list", kinds = {TABULAR, FORECASTING}},
    max_candidates = {is = "whole number", least = 1, most = 750},
    max_runtime_for_automl_job_in_seconds = {is = "whole number", least = 1},
    max_runtime_per_training_job_in_seconds = {is = "whole number", least = 1},
    row_limit = {is = "whole number", least = 1, kinds = {TABULAR, TEXT}},
    sample_fraction = {is = "fraction", kinds = {TABULAR, TEXT}},
    compression = {is = "text", values = {"none", "gzip"}},
    parallelism = {is = "whole number", least = 1, most = 1000},
    tags = {is = "object", most = 46},
    output_kms_key = {is = "text"},
    volume_kms_key = {is = "text"},
    encrypt_inter_container_traffic = {is = "boolean"},
    vpc_security_group_ids = {is = "list", most = 5},
    vpc_subnets = {is = "list", most = 16},
    text_column = {is = "text", kinds = {TEXT}},
    item_column = {is = "text", kinds = {FORECASTING}},
    time_column = {is = "text", kinds = {FORECASTING}},
    grouping_columns = {is = "list", most = 5, kinds = {FORECASTING}},
    forecast_frequency = {is = "text", kinds = {FORECASTING}},
    forecast_horizon = {is = "whole number", least = 1, most = 500, kinds = {FORECASTING}},
    forecast_quantiles = {is = "list", most = 5, kinds = {FORECASTING}},
    fill_methods = {is = "object", kinds = {FORECASTING}},
    aggregation = {is = "object", kinds = {FORECASTING}},
    holiday_country = {is = "text", kinds = {FORECASTING}},
    fingerprint = {is = "text"},
    dbt_invocation_id = {is = "text"},
}

local REQUIRED = {"aws_credentials_connection_name", "aws_region", "iam_sagemaker_role",
    "s3_bucket_uri", "s3_output_path", "target_attribute_name"}
local REQUIRED_OF_KIND = {
    tabular = {},
    forecasting = {"item_column", "time_column", "forecast_frequency", "forecast_horizon"},
    text = {"text_column"},
}

local FREQUENCIES = {Y = 1, M = 11, W = 4, D = 6, H = 23, min = 59}
local AGGREGATIONS = {"sum", "avg", "first", "min", "max"}
local FILL_VALUES = {"zero", "value", "median", "mean", "min", "max"}
local FILL_METHODS =
    {frontfill = {"none"}, middlefill = FILL_VALUES, backfill = FILL_VALUES, futurefill = FILL_VALUES}

--- tabular, forecasting or text.
function M.kind_of(given)
    return M.KINDS[given.problem_type] or TABULAR
end

--- The name of the metric of an objective, which the predecessor took as JSON.
function M.metric_name(objective)
    if string.match(objective, "^%s*{") then
        local ok, decoded = pcall(cjson.decode, objective)
        if not ok or type(decoded.MetricName) ~= "string" then
            refuse("objective", objective, "must be the name of a metric")
        end
        return decoded.MetricName
    end
    return objective
end

local function check_required(given, kind)
    local required = {}
    for _, list in ipairs({REQUIRED, REQUIRED_OF_KIND[kind]}) do
        for _, name in ipairs(list) do
            required[#required + 1] = name
        end
    end
    if given.input_query == nil then
        required[#required + 1] = "input_schema_name"
        required[#required + 1] = "input_table_or_view_name"
    end
    if given.model_name == nil then
        table.insert(required, 1, "job_name")
    end
    arguments.require_all(given, required)
end

local function check_kind(given, kind)
    for _, name in ipairs(option_values.sorted_keys(given)) do
        local kinds = M.OPTIONS[name].kinds
        if kinds ~= nil and not contains(kinds, kind) then
            errors.raise("E-SME-54", name .. " does not belong to a training of problem type "
                .. (given.problem_type or "Regression or classification") .. ", but to "
                .. table.concat(kinds, " and ") .. " data.")
        end
    end
end

--- Both or neither for tabular data, and a metric that fits.
local function check_objective(given, kind)
    local problem_type, metric = given.problem_type, given.objective
    if kind == TABULAR and (problem_type == nil) ~= (metric == nil) then
        local legal = {}
        for _, name in ipairs({"Regression", "BinaryClassification", "MulticlassClassification"}) do
            if problem_type == nil or problem_type == name then
                legal[#legal + 1] = name .. ": " .. table.concat(M.OBJECTIVES[name], ", ")
            end
        end
        errors.raise("E-SME-55", "problem_type and objective are given together or not at all. "
            .. "Objectives of " .. table.concat(legal, ", of ") .. ".")
    end
    if metric ~= nil and not contains(M.OBJECTIVES[problem_type], metric) then
        errors.raise("E-SME-55", "objective is " .. metric .. ", but " .. problem_type
            .. " has: " .. table.concat(M.OBJECTIVES[problem_type], ", ") .. ".")
    end
end

local function check_algorithms(given, kind)
    if given.algorithms == nil then
        return
    end
    local group = kind == FORECASTING and "TimeSeriesForecasting" or given.mode
    local legal = M.ALGORITHMS[group]
    if legal == nil then
        refuse("algorithms", given.algorithms, "needs mode ENSEMBLING ("
            .. table.concat(M.ALGORITHMS.ENSEMBLING, ", ") .. ") or HYPERPARAMETER_TUNING ("
            .. table.concat(M.ALGORITHMS.HYPERPARAMETER_TUNING, ", ") .. ")")
    end
    for _, algorithm in ipairs(given.algorithms) do
        if not contains(legal, algorithm) then
            refuse("algorithms", algorithm, group .. " has: " .. table.concat(legal, ", "))
        end
    end
end

local function check_combinations(given, kind)
    if given.sample_weight_column ~= nil and given.mode ~= "ENSEMBLING" then
        errors.raise("E-SME-54", "sample_weight_column works with mode ENSEMBLING only, and mode is "
            .. (given.mode or "not given") .. ".")
    end
    if given.compression == "gzip" and kind ~= TABULAR then
        errors.raise("E-SME-54", "compression gzip works with tabular data only: leave it out.")
    end
    option_values.together(given, "vpc_security_group_ids", "vpc_subnets")
    option_values.together(given, "validation_schema_name", "validation_table_or_view_name")
    option_values.never_both(given, "validation_table_or_view_name", "validation_fraction")
    option_values.never_both(given, "input_query", "input_table_or_view_name")
    option_values.never_both(given, "include_columns", "exclude_columns")
    if given.max_runtime_for_automl_job_in_seconds ~= nil
            and (given.max_runtime_per_training_job_in_seconds or 0)
            > given.max_runtime_for_automl_job_in_seconds then
        errors.raise("E-SME-54", "max_runtime_per_training_job_in_seconds is larger than "
            .. "max_runtime_for_automl_job_in_seconds: one training cannot last longer than the job.")
    end
end

local function check_frequency(frequency)
    local count, unit = string.match(frequency, "^(%d*)(%a+)$")
    local most = FREQUENCIES[unit]
    local number = count == "" and 1 or tonumber(count)
    if most == nil or number == nil or number < 1 or number > most then
        refuse("forecast_frequency", frequency, "must be a unit with a number in front: Y, "
            .. "1M to 11M, 1W to 4W, 1D to 6D, 1H to 23H or 1min to 59min")
    end
end

-- The past of the target can be filled, its future is what is predicted.
local function check_gap(name, gap, is_target)
    if gap == (is_target and "futurefill" or "frontfill") then
        refuse(name, gap, "the target has no futurefill, and only the target has a frontfill")
    end
end

local function check_fill_methods(given)
    local methods = given.fill_methods or {}
    for _, column in ipairs(option_values.sorted_keys(methods)) do
        local name = "fill_methods of " .. column
        if type(methods[column]) ~= "table" then
            refuse("fill_methods", methods[column], "must be an object for each column, such as "
                .. "{column: {middlefill: zero}}")
        end
        for _, key in ipairs(option_values.sorted_keys(methods[column])) do
            local value, gap = methods[column][key], string.gsub(key, "_value$", "")
            must_be_one_of(name, gap, option_values.sorted_keys(FILL_METHODS))
            check_gap(name, gap,
                string.upper(column) == string.upper(given.target_attribute_name))
            if key ~= gap and tonumber(value) == nil then
                refuse(name, value, key .. " must be a number")
            elseif key == gap then
                must_be_one_of(name .. ", " .. gap .. ",", value, FILL_METHODS[gap])
            end
            if value == "value" and methods[column][gap .. "_value"] == nil then
                refuse(name, value, gap .. " needs the value, as " .. gap .. "_value")
            end
        end
    end
end

local function check_quantiles(quantiles)
    local seen = {}
    for _, quantile in ipairs(quantiles or {}) do
        if not string.match(quantile, "^p[1-9]%d?$") or seen[quantile] then
            refuse("forecast_quantiles", quantile, "must be p1 to p99, each once")
        end
        seen[quantile] = true
    end
end

local function check_aggregation(given)
    for _, column in ipairs(option_values.sorted_keys(given.aggregation or {})) do
        if string.upper(column) ~= string.upper(given.target_attribute_name) then
            refuse("aggregation", column, "only the values of the target are aggregated")
        end
        must_be_one_of("aggregation of " .. column, given.aggregation[column], AGGREGATIONS)
    end
end

local function check_forecasting(given)
    check_frequency(given.forecast_frequency)
    check_quantiles(given.forecast_quantiles)
    check_fill_methods(given)
    check_aggregation(given)
    if given.holiday_country ~= nil and not string.match(given.holiday_country, "^[A-Z][A-Z]$") then
        refuse("holiday_country", given.holiday_country, "must be a country code such as DE")
    end
end

--- Reads the JSON argument of a training: every value of its type, every combination legal.
--
-- Gives a table of the options given. Raises E-SME-5, -6, -11, -29, -54, -55 or -60.
function M.read(json_text)
    local given = arguments.read_json(json_text)
    given.tags = given.tags or given.aws_tags
    given.aws_tags = nil
    option_values.read(given, M.OPTIONS)
    local kind = M.kind_of(given)
    check_required(given, kind)
    if given.job_name ~= nil then
        arguments.check_name("job", given.job_name, 32)
    end
    if given.objective ~= nil then
        given.objective = M.metric_name(given.objective)
    end
    check_kind(given, kind)
    check_objective(given, kind)
    check_algorithms(given, kind)
    check_combinations(given, kind)
    option_values.check_tags(given.tags)
    if kind == FORECASTING then
        check_forecasting(given)
    end
    return given
end

return M
