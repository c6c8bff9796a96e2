--- What a training reads: a table, a view or a query, as a relation with columns, its rows
-- counted, its target looked at, and exported.
local sql = require("sql")
local errors = require("errors")
local database = require("database")
local dictionary = require("dictionary")
local query_text = require("query_text")

local M = {}

local LEAST_ROWS = 500
local FILES_PER_NODE = 4
local MOST_LABELS = 100

local PREDICTS_NUMBERS = {Regression = true, TimeSeriesForecasting = true}
local LABELS = {
    BinaryClassification = {least = 2, most = 2, needs = "2"},
    MulticlassClassification = {least = 3, most = math.huge, needs = "3 or more"},
    TextClassification = {least = 2, most = math.huge, needs = "2 or more"},
}
-- Spelt out, because what IS_NUMBER takes depends on the decimal character of the session.
local NUMBER = "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"

-- How a message calls a source that has no name.
M.QUERY_TITLE = "the query"

-- The columns of a query. The view that shows them is gone before anyone else could see it:
-- it is made and dropped within one transaction, and two sessions do not meet in it.
local function query_columns(query)
    local schema = exa.meta.script_schema
    local view = "SME_TRAINING_QUERY_" .. tostring(exa.meta.session_id)
    local name = sql.qualified(schema, view)
    local ok, reason = database.try("CREATE OR REPLACE VIEW " .. name .. " AS " .. query)
    if not ok then
        errors.raise("E-SME-56", "input_query cannot be read: " .. reason .. ". Try it as a SELECT "
            .. "of its own. You need the right to create a view in schema " .. schema .. ".")
    end
    local columns = dictionary.columns(schema, view)
    database.run("DROP VIEW " .. name)
    return columns
end

--- The relation or query of a training: {from =, title =, columns =, and schema and name or
-- query}. `from` is what stands behind FROM. Raises E-SME-2, E-SME-56 or E-SME-135.
function M.source(given)
    if given.input_query ~= nil then
        local query = query_text.statement(given.input_query)
        return {
            from = "(" .. query .. "\n)",
            title = M.QUERY_TITLE,
            columns = query_columns(query),
            query = query,
        }
    end
    return M.relation_source(given.input_schema_name, given.input_table_or_view_name)
end

--- As source, for a table or view.
function M.relation_source(schema, name)
    local relation = dictionary.relation(schema, name)
    return {
        from = sql.qualified(relation.schema, relation.name),
        title = relation.schema .. "." .. relation.name,
        columns = relation.columns,
        schema = relation.schema,
        name = relation.name,
    }
end

--- The statement that looks at a source: rows, rows with a target, distinct targets.
function M.profile_statement(source, target)
    return "SELECT COUNT(*), COUNT(" .. target.text_sql .. "), COUNT(DISTINCT " .. target.text_sql
        .. ") FROM " .. source.from
end

function M.profile(source, target)
    local row = database.run(M.profile_statement(source, target))[1]
    return {
        rows = database.value(row[1]),
        with_target = database.value(row[2]),
        distinct_targets = database.value(row[3]),
    }
end

--- The statement that gives the labels of a classification as the model will write them.
function M.labels_statement(source, target)
    return "SELECT DISTINCT " .. target.text_sql .. " FROM " .. source.from .. " WHERE "
        .. target.text_sql .. " IS NOT NULL ORDER BY 1"
end

--- The labels of a target, or nil where it has none, or too many to be some.
function M.labels(source, target, profile, given, kind)
    if kind == "forecasting" or given.problem_type == "Regression"
            or profile.distinct_targets > MOST_LABELS then
        return nil
    end
    local labels = {}
    for i, row in ipairs(database.run(M.labels_statement(source, target))) do
        labels[i] = row[1]
    end
    return labels
end

--- How many rows are exported of so many.
function M.exported_rows(rows, given)
    local wanted = rows
    if given.sample_fraction ~= nil then
        wanted = math.floor(rows * given.sample_fraction)
    end
    return math.min(wanted, given.row_limit or wanted)
end

--- Raises E-SME-7 for too few rows, E-SME-53 for a target that nothing can be learnt from.
function M.check_profile(profile, exported, given, kind, title)
    if kind == "tabular" and exported < LEAST_ROWS then
        local of_all = exported < profile.rows and " to export, of " .. profile.rows or ""
        errors.raise("E-SME-7", title .. " has " .. exported .. " rows" .. of_all
            .. ", but Autopilot trains on no fewer than " .. LEAST_ROWS .. ".")
    end
    local target = given.target_attribute_name
    if profile.with_target == 0 then
        errors.raise("E-SME-53", "Target " .. target .. " of " .. title .. " is missing: it is NULL "
            .. "in all " .. profile.rows .. " rows.")
    end
    -- Rows without a target teach nothing. Of a part of the rows their number is an estimate.
    local with_target = math.floor(exported * profile.with_target / profile.rows)
    if kind == "tabular" and with_target < LEAST_ROWS then
        errors.raise("E-SME-7", title .. " has only " .. with_target .. " rows with a target, of "
            .. exported .. " to export, but Autopilot trains on no fewer than " .. LEAST_ROWS
            .. ": leave out the rows in which " .. target .. " is NULL, and find more of the others.")
    end
    if kind ~= "forecasting" and profile.distinct_targets == 1 then
        errors.raise("E-SME-53", "Target " .. target .. " of " .. title .. " is constant: it has the "
            .. "same value in all rows that have one, and there is nothing to predict.")
    end
end

--- Raises E-SME-136 for a target whose type no prediction can have.
--
-- A UDF emits no intervals and no geometries, and a moment depends on the session that reads it.
function M.check_target_type(target, title)
    local kind = string.match(target.type, "^%a+")
    if kind == "INTERVAL" or kind == "GEOMETRY"
            or string.find(target.type, "LOCAL TIME ZONE", 1, true) then
        errors.raise("E-SME-136", "Target " .. target.name .. " of " .. title .. " is "
            .. target.type .. ", which predictions cannot be: cast it in the query or view, to text "
            .. "for labels or to a number for amounts.")
    end
end

--- Raises E-SME-53 for a target whose values cannot be the labels of a classification.
--
-- AWS documents no largest number of labels. Refused is what cannot be learnt and validated, and
-- fractions that are many, because they measure something and name nothing.
function M.check_labels(profile, target, given, title)
    local legal, count = LABELS[given.problem_type], profile.distinct_targets
    if legal == nil then
        return
    end
    local reason
    if count < legal.least or count > legal.most then
        reason = given.problem_type .. " needs " .. legal.needs
    elseif profile.with_target < 2 * count then
        reason = "there are only " .. profile.with_target .. " rows with one, and a label that "
            .. "occurs once cannot be learnt and validated: Regression predicts numbers"
    elseif count > MOST_LABELS and dictionary.has_fractions(target) then
        reason = "is " .. target.type .. ", and so many fractions are no labels: Regression "
            .. "predicts numbers. If they are labels, cast them to text"
    end
    if reason ~= nil then
        errors.raise("E-SME-53", "Target " .. target.name .. " of " .. title .. " has " .. count
            .. " values, but " .. reason .. ".")
    end
end

--- The statement that counts the values of a target that are no numbers.
function M.no_numbers_statement(source, target)
    return "SELECT COUNT(*) FROM " .. source.from .. " WHERE " .. target.text_sql
        .. " NOT REGEXP_LIKE " .. sql.literal(NUMBER)
end

--- Raises E-SME-65 where numbers are to be predicted, and the target has values that are none.
function M.check_numbers(source, target, given)
    if not PREDICTS_NUMBERS[given.problem_type] or dictionary.is_numeric(target) then
        return
    end
    local count = database.value(database.run(M.no_numbers_statement(source, target))[1][1])
    if count > 0 then
        errors.raise("E-SME-65", "Target " .. target.name .. " of " .. source.title .. " is "
            .. target.type .. ", and " .. count .. " of its values are no numbers, but "
            .. given.problem_type .. " predicts numbers: choose another target or problem_type.")
    end
end

--- The EXPORT of the columns as text, in parallel into several files.
--
-- selection: columns, connection, prefix, files, ending (csv or csv.gz) and, where not all rows
-- are exported, limit and whether they are taken at random.
function M.export_statement(source, selection)
    local expressions, names = {}, {}
    for i, column in ipairs(selection.columns) do
        expressions[i] = column.text_sql .. " AS " .. sql.identifier(column.name)
    end
    for i = 1, selection.files do
        names[i] = "FILE "
            .. sql.literal(string.format("%spart-%04d.%s", selection.prefix, i, selection.ending))
    end
    local from = source.from
    if selection.limit ~= nil then
        local order = selection.at_random and " ORDER BY RAND()" or ""
        from = "(SELECT * FROM " .. from .. order .. " LIMIT " .. selection.limit .. ")"
    end
    return "EXPORT (SELECT " .. table.concat(expressions, ", ") .. " FROM " .. from
        .. ") INTO CSV AT " .. sql.identifier(selection.connection) .. " "
        .. table.concat(names, " ") .. " WITH COLUMN NAMES"
end

--- How a training is exported, the limit being set where not all rows are.
function M.selection(given, columns, prefix, rows, exported)
    return {
        columns = columns,
        connection = given.s3_connection_name,
        prefix = prefix,
        files = given.parallelism or FILES_PER_NODE * (exa.meta.node_count or 1),
        ending = given.compression == "gzip" and "csv.gz" or "csv",
        limit = exported < rows and exported or nil,
        at_random = given.sample_fraction ~= nil,
    }
end

--- Exports. Raises E-SME-15.
function M.export(source, selection)
    local ok, reason = database.try(M.export_statement(source, selection))
    if not ok then
        errors.raise("E-SME-15", "The export of " .. source.title .. " to S3 failed: " .. reason
            .. ". You need the EXPORT privilege, the right to use CONNECTION "
            .. selection.connection .. ", and its bucket must exist.")
    end
end

--- The validation relation with the columns of the training. Raises E-SME-2 or E-SME-61.
function M.validation_source(given, columns, target)
    if given.validation_table_or_view_name == nil then
        return nil
    end
    local source =
        M.relation_source(given.validation_schema_name, given.validation_table_or_view_name)
    local types = {}
    for _, column in ipairs(source.columns) do
        types[column.name] = column.type
    end
    local missing = {}
    for _, column in ipairs(columns) do
        local kind = string.match(column.type, "^%a+")
        if string.match(types[column.name] or "", "^%a+") ~= kind then
            missing[#missing + 1] = column.name .. " " .. column.type
        end
    end
    if #missing > 0 then
        errors.raise("E-SME-61", source.title .. " cannot validate: it lacks columns of the training "
            .. "or has them with another type: " .. table.concat(missing, ", ") .. ".")
    end
    if M.profile(source, target).with_target == 0 then
        errors.raise("E-SME-61", source.title .. " cannot validate: it has no row with a value in "
            .. target.name .. ".")
    end
    return source
end

return M
