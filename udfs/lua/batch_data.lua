--- The statements of a batch prediction: rows out to S3, answers back, and the result.
local cjson = require("cjson")
local sql = require("sql")

local M = {}

local DELIMITED_KINDS = {VARCHAR = true, CHAR = true, GEOMETRY = true}
local WIDE_TEXT = "VARCHAR(2000000)"
-- One process reads so many answers in a second or two.
local ROWS_A_GROUP, MOST_GROUPS = 100000, 4
-- The UDF has so many columns for the fields of an answer.
local MOST_FIELDS = 4

local function numbered(prefix, count)
    local names = {}
    for i = 1, count do
        names[i] = sql.identifier(prefix .. "_" .. i)
    end
    return names
end

--- Makes the table of rows: numbered, with the columns that pass through and, as the training
-- export made it, the text of each column that the model reads. What changes in the relation
-- meanwhile cannot mix up rows and answers.
function M.rows_statement(rows_table, source, passed, features)
    local expressions = {"ROWNUM AS ROW_NUMBER"}
    for i, name in ipairs(passed) do
        expressions[#expressions + 1] = sql.identifier(name) .. " AS " .. sql.identifier("KEY_" .. i)
    end
    for i, feature in ipairs(features) do
        expressions[#expressions + 1] = feature.text_sql .. " AS " .. sql.identifier("TEXT_" .. i)
    end
    return "CREATE OR REPLACE TABLE " .. rows_table .. " AS SELECT " .. table.concat(expressions, ", ")
        .. " FROM " .. source.from
end

--- Counts the rows, and those that a line of CSV cannot hold: AWS splits files at line breaks,
-- within quotes too, and takes an empty line for no line.
function M.profile_statement(rows_table, features)
    local conditions = {}
    for i, feature in ipairs(features) do
        if DELIMITED_KINDS[string.match(feature.type, "^%a+")] then
            for _, code in ipairs({10, 13}) do
                conditions[#conditions + 1] = "INSTR(" .. sql.identifier("TEXT_" .. i)
                    .. ", CHR(" .. code .. ")) > 0"
            end
        end
    end
    if #features == 1 then
        conditions[#conditions + 1] = sql.identifier("TEXT_1") .. " IS NULL"
    end
    local broken = #conditions > 0
        and "COUNT(CASE WHEN " .. table.concat(conditions, " OR ") .. " THEN 1 END)" or "0"
    return "SELECT COUNT(*), " .. broken .. " FROM " .. rows_table
end

local function file_list(files)
    local names = {}
    for i, file in ipairs(files) do
        names[i] = "FILE " .. sql.literal(file)
    end
    return table.concat(names, " ")
end

--- The EXPORT of numbers and texts, without a header: AWS would predict it, too.
function M.export_statement(rows_table, field_count, connection, prefix, file_count)
    local files = {}
    for i = 1, file_count do
        files[i] = string.format("%spart-%04d.csv", prefix, i)
    end
    return "EXPORT (SELECT ROW_NUMBER, " .. table.concat(numbered("TEXT", field_count), ", ")
        .. " FROM " .. rows_table .. ") INTO CSV AT " .. sql.identifier(connection) .. " "
        .. file_list(files)
end

--- Makes the table for the answers.
function M.answers_statement(answers_table)
    return "CREATE OR REPLACE TABLE " .. answers_table .. " (ROW_NUMBER DECIMAL(18,0), "
        .. table.concat(numbered("ANSWER", MOST_FIELDS), " " .. WIDE_TEXT .. ", ") .. " " .. WIDE_TEXT
        .. ")"
end

--- The IMPORT of the files that the transform job has written.
function M.import_statement(answers_table, field_count, connection, files)
    return "IMPORT INTO " .. answers_table .. " (ROW_NUMBER, "
        .. table.concat(numbered("ANSWER", field_count), ", ") .. ") FROM CSV AT "
        .. sql.identifier(connection) .. " " .. file_list(files)
end

function M.answers_profile_statement(answers_table, rows_table)
    return "SELECT COUNT(*), COUNT(DISTINCT a.ROW_NUMBER) FROM " .. answers_table .. " a JOIN "
        .. rows_table .. " r ON r.ROW_NUMBER = a.ROW_NUMBER"
end

--- The columns of the predictions as {name =, type =}, as sme.predict gives them.
function M.prediction_columns(problem_type, target_type, has_keys)
    if problem_type == "Regression" then
        return {{name = "PREDICTIONS", type = "DOUBLE"}}
    end
    local predictions = {name = "PREDICTIONS", type = target_type}
    local probability = {name = "PROBABILITY", type = "DOUBLE"}
    if not has_keys then
        return {probability, predictions}
    end
    return {predictions, probability, {name = "PROBABILITIES", type = WIDE_TEXT},
        {name = "LABELS", type = WIDE_TEXT}}
end

-- What the UDF emits, always in this order.
local function emitted_columns(row)
    return M.prediction_columns(row.PROBLEM_TYPE, row.TARGET_TYPE, true)
end

local function free_name(name, taken)
    while taken[name] do
        name = name .. "_"
    end
    taken[name] = true
    return name
end

--- Makes the result: each row that was numbered beside the answer of that number.
function M.result_statement(row, rows_table, answers_table)
    local columns, taken = {}, {}
    for i, name in ipairs(cjson.decode(row.KEY_COLUMNS)) do
        taken[name] = true
        columns[i] = "r." .. sql.identifier("KEY_" .. i) .. " AS " .. sql.identifier(name)
    end
    for _, column in ipairs(M.prediction_columns(row.PROBLEM_TYPE, row.TARGET_TYPE, row.HAS_KEYS)) do
        columns[#columns + 1] = "a." .. sql.identifier(column.name) .. " AS "
            .. sql.identifier(free_name(column.name, taken))
    end
    local emits = {"ROW_NUMBER DECIMAL(18,0)"}
    for _, column in ipairs(emitted_columns(row)) do
        emits[#emits + 1] = sql.identifier(column.name) .. " " .. column.type
    end
    local definition = cjson.encode({
        response_keys = cjson.decode(row.RESPONSE_KEYS),
        sql_type = emitted_columns(row)[1].type,
        is_classification = row.PROBLEM_TYPE ~= "Regression",
    })
    local groups = math.min(math.max(math.ceil(row.ROW_COUNT / ROWS_A_GROUP), 1), MOST_GROUPS)
    return "CREATE OR REPLACE TABLE " .. sql.qualified(row.RESULT_SCHEMA, row.RESULT_TABLE)
        .. " AS SELECT " .. table.concat(columns, ", ") .. " FROM " .. rows_table
        .. " r JOIN (SELECT " .. sql.qualified(exa.meta.script_schema, "SME_AUTOPILOT_BATCH_ANSWERS_UDF")
        .. "(" .. sql.literal(definition) .. ", ROW_NUMBER, "
        .. table.concat(numbered("ANSWER", MOST_FIELDS), ", ") .. ") EMITS ("
        .. table.concat(emits, ", ") .. ") FROM " .. answers_table .. " GROUP BY IPROC(), MOD(ROW_NUMBER, "
        .. groups .. ")) a ON a.ROW_NUMBER = r.ROW_NUMBER"
end

return M
