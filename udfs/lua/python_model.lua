--- SME_BUILD_PYTHON_MODEL: runs a Python model of dbt as a UDF and makes its DataFrame a table.
--
-- All of it is one transaction: after a failure nothing is left of the script, of the rows on
-- their way, or of a half written table.
local cjson = require("cjson")
local sql = require("sql")
local database = require("database")
local arguments = require("arguments")
local dictionary = require("dictionary")
local table_load = require("table_load")

local M = {}

local LIBRARY = "SME_PYTHON_MODEL_LIBRARY"
local ROWS_UDF = "SME_PYTHON_MODEL_ROWS_UDF"
local RESULT = "ROW_COUNT VARCHAR(20)"

--- The relations that the model reads, with their columns. Raises E-SME-2.
function M.inputs(relations)
    local inputs = {}
    for i, relation in ipairs(relations) do
        local found = dictionary.relation(relation.schema, relation.name)
        inputs[i] = {key = relation.key, columns = found.columns,
            name = sql.qualified(found.schema, found.name)}
    end
    return inputs
end

--- What the UDF has to know of the inputs, as JSON text.
function M.layout(inputs)
    local layout = {}
    for i, input in ipairs(inputs) do
        local names = {}
        for j, column in ipairs(input.columns) do
            names[j] = column.name
        end
        layout[i] = {name = input.key, columns = names}
    end
    return cjson.encode(layout)
end

--- The columns of one branch of the UNION ALL, of which those of input number `own` are read.
local function branch(inputs, own)
    local items, position = {tostring(own) .. " AS " .. sql.identifier("INPUT")}, 0
    for i, input in ipairs(inputs) do
        for _, column in ipairs(input.columns) do
            position = position + 1
            local value = i == own and sql.identifier(column.name)
                or "CAST(NULL AS " .. column.type .. ")"
            items[#items + 1] = value .. " AS " .. sql.identifier("C" .. position)
        end
    end
    return "SELECT " .. table.concat(items, ", ")
end

--- The query that hands all inputs to the UDF: in each row the number of its relation, and the
-- columns of all relations side by side, so that every value keeps its type. The row of number
-- 0 makes the database call the UDF even if there is no other.
function M.input_query(inputs, is_empty)
    local branches = {branch(inputs, 0)}
    for i, input in ipairs(inputs) do
        branches[i + 1] = branch(inputs, i) .. " FROM " .. input.name
            .. (is_empty and " WHERE FALSE" or "")
    end
    return table.concat(branches, " UNION ALL ")
end

--- The call of the UDF over them.
function M.run_statement(script, inputs, is_empty)
    local names, count = {sql.identifier("INPUT")}, 0
    for _, input in ipairs(inputs) do
        for _ in ipairs(input.columns) do
            count = count + 1
            names[count + 1] = sql.identifier("C" .. count)
        end
    end
    return "SELECT " .. script .. "(" .. table.concat(names, ", ") .. ") FROM ("
        .. M.input_query(inputs, is_empty) .. ")"
end

--- The script that runs the model: three lines, the code comes from the library.
function M.script_statement(script, language, definition, layout)
    local library = sql.script_reference(exa.meta.script_schema, LIBRARY)
    return "CREATE " .. sql.regular_identifier(language) .. " SET SCRIPT " .. script
        .. "(...) EMITS (PART DECIMAL(18,0), CONTENT VARCHAR(2000000)) AS\n"
        .. "model = exa.import_script(" .. sql.python_literal(library) .. ").PythonModel(exa, "
        .. sql.python_literal(definition) .. ", " .. sql.python_literal(layout) .. ")\n"
        .. "run = model.run\n"
end

--- Runs the model. Its rows go to `staging`. Gives what it says of them: columns, row_count.
local function run_model(given, script, staging)
    local inputs = M.inputs(given.relations)
    -- What was read in the dictionary must not make this transaction collide with others.
    database.commit()
    database.run(M.script_statement(script, given.script_language, given.definition, M.layout(inputs)))
    database.run("CREATE TABLE " .. staging .. " AS " .. M.run_statement(script, inputs, given.is_empty))
    database.run("DROP SCRIPT " .. script)
    local content = database.run("SELECT CONTENT FROM " .. staging .. " WHERE PART = 0")[1][1]
    local outcome = cjson.decode(content)
    if outcome.error ~= nil then
        error(outcome.error, 0)
    end
    return outcome
end

--- The query that gives the rows of the model, each column with the type that is wanted.
function M.rows_query(staging, columns)
    local emitted, items = {}, {}
    for i, column in ipairs(columns) do
        emitted[i] = sql.identifier(column.name) .. " " .. column.type
        items[i] = "CAST(" .. sql.identifier(column.name) .. " AS " .. column.wanted .. ")"
    end
    return "SELECT " .. table.concat(items, ", ") .. " FROM (SELECT "
        .. sql.qualified(exa.meta.script_schema, ROWS_UDF) .. "(CONTENT) EMITS ("
        .. table.concat(emitted, ", ") .. ") FROM " .. staging .. " WHERE PART > 0)"
end

--- Builds a model.
--
-- json_text: definition (JSON text for udfs/python/python_model.py), relations (key, schema and
-- name of each), script_language, is_empty, and how the table is to be, see table_load.lua.
function M.main(json_text)
    local given = arguments.read_json(json_text)
    arguments.require_all(given, {"definition", "script_language", "target"})
    local name = "SME_PYTHON_MODEL_" .. tostring(exa.meta.session_id)
    local script = sql.qualified(given.target.schema, name)
    local staging = sql.qualified(given.target.schema, name .. "_ROWS")
    local outcome = run_model(given, script, staging)
    local columns = table_load.wanted_columns(outcome.columns, given.columns)
    table_load.load(given, columns, M.rows_query(staging, columns),
        sql.qualified(given.target.schema, name .. "_NEW"))
    database.run("DROP TABLE " .. staging)
    return {{tostring(math.tointeger(outcome.row_count))}}, RESULT
end

return M
