--- What an endpoint has in the database: a CONNECTION without secrets, and its UDF.
local cjson = require("cjson")
local sql = require("sql")
local database = require("database")
local dictionary = require("dictionary")

local M = {}

local CONNECTION_PREFIX = "SME_SAGEMAKER_AUTOPILOT_ENDPOINT_CONNECTION_"
local LIBRARY = "SME_AUTOPILOT_PREDICTION_LIBRARY"

-- A serverless endpoint takes and gives 4 MB, of which some room is left for what is around the
-- body. The library knows what one on instances takes.
local SERVERLESS_BYTES = 4 * 1024 * 1024 - 64 * 1024

--- The name of the CONNECTION of an endpoint: a regular identifier, easy to GRANT.
--
-- Endpoint names hold no underscore, so no two of them become the same.
function M.connection_name(endpoint_name)
    return CONNECTION_PREFIX .. string.gsub(string.upper(endpoint_name), "-", "_")
end

--- The CONNECTION that tells the UDF which keys and which region to use. It holds no secret.
function M.connection_statement(endpoint_name, connection, region)
    local address = cjson.encode({
        aws_s3_connection = connection,
        aws_region = region,
        endpoint_name = endpoint_name,
        status = "deployed",
    })
    return "CREATE OR REPLACE CONNECTION "
        .. sql.regular_identifier(M.connection_name(endpoint_name))
        .. " TO " .. sql.literal(address)
end

--- Lets who deploys predict. Who makes a CONNECTION may grant it, to themselves as well, but their
-- UDFs may not read it before.
function M.grant_statement(endpoint_name)
    return "GRANT ACCESS ON CONNECTION " .. sql.regular_identifier(M.connection_name(endpoint_name))
        .. " TO " .. sql.identifier(exa.meta.current_user)
end

--- What the code behind the UDF has to know, as JSON text.
function M.definition(endpoint)
    local columns = {}
    for i, feature in ipairs(endpoint.features) do
        columns[i] = {name = feature.name, type = feature.type}
    end
    return cjson.encode({
        endpoint_name = endpoint.name,
        model_connection = M.connection_name(endpoint.name),
        columns = columns,
        target = {name = endpoint.target.name, type = endpoint.target.type},
        problem_type = endpoint.problem_type,
        response_keys = endpoint.response_keys,
        model_name = endpoint.model_name,
        limits = endpoint.is_serverless and {most_bytes = SERVERLESS_BYTES} or nil,
    })
end

--- The endpoint UDF: three lines, the code comes from the library that sme.install keeps current.
function M.udf_statement(schema, endpoint_name, definition)
    local library = sql.script_reference(exa.meta.script_schema, LIBRARY)
    return "CREATE OR REPLACE @SCRIPT_LANGUAGE@ SET SCRIPT " .. sql.qualified(schema, endpoint_name)
        .. "(...) EMITS (...) AS\n"
        .. "endpoint = exa.import_script(" .. sql.python_literal(library) .. ").Endpoint(exa, "
        .. sql.python_literal(definition) .. ")\n"
        .. "default_output_columns = endpoint.default_output_columns\n"
        .. "run = endpoint.run\n"
end

--- Whether the database has a script of that name, and whether it is an endpoint UDF: ours, or
-- of the predecessor. A script of anybody else is never replaced or dropped.
function M.find_udf(schema, endpoint_name)
    local text = dictionary.script_text(schema, endpoint_name)
    if text == nil then
        return {exists = false, is_endpoint = false}
    end
    local is_ours = string.find(text, LIBRARY, 1, true) ~= nil
    local is_predecessors = string.find(text, "exasol_sagemaker_extension", 1, true) ~= nil
    return {exists = true, is_endpoint = is_ours or is_predecessors}
end

--- Creates or replaces both.
--
-- endpoint: name, schema, features, target, problem_type, response_keys, model_name, is_serverless,
-- connection, region.
function M.create(endpoint)
    database.run(M.connection_statement(endpoint.name, endpoint.connection, endpoint.region))
    -- Who may not grant is told the cure by the first prediction.
    database.try(M.grant_statement(endpoint.name))
    database.run(M.udf_statement(endpoint.schema, endpoint.name, M.definition(endpoint)))
end

--- Drops the UDF, if it is there. Gives whether it was.
function M.drop_udf(endpoint_name, schema)
    local exists = M.find_udf(schema, endpoint_name).is_endpoint
    if exists then
        database.run("DROP SCRIPT " .. sql.qualified(schema, endpoint_name))
    end
    return exists
end

--- Drops what is there of both. Gives a list of what was dropped.
--
-- schemas: where sme made the UDF, or is about to. Empty where the registry does not know the
-- endpoint.
function M.drop(endpoint_name, schemas)
    local dropped = {}
    for _, schema in ipairs(schemas) do
        if M.drop_udf(endpoint_name, schema) then
            dropped[#dropped + 1] = "UDF " .. endpoint_name
        end
    end
    local connection = M.connection_name(endpoint_name)
    if dictionary.has_connection(connection) then
        database.run("DROP CONNECTION " .. sql.regular_identifier(connection))
        dropped[#dropped + 1] = "connection " .. connection
    end
    return dropped
end

return M
