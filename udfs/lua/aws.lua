--- The one place where scripts call AWS: through the request UDF of their own schema.
local cjson = require("cjson")
local sql = require("sql")
local errors = require("errors")
local database = require("database")

local M = {}

local function without_null(value)
    if value == cjson.null then
        return nil
    end
    if type(value) == "table" then
        local cleaned = {}
        for key, inner in pairs(value) do
            cleaned[key] = without_null(inner)
        end
        return cleaned
    end
    return value
end

local function check_region(region)
    if not string.match(tostring(region), "^%l%l+%-[%l-]+%-%d+$") then
        errors.raise("E-SME-29", "aws_region is " .. tostring(region)
            .. ", but must be the name of an AWS region, such as eu-central-1.")
    end
end

--- Carries out an action of udfs/python/actions.py and gives its answer as a table.
-- Raises the error text that the action answered with.
function M.call(action, connection, region, request)
    check_region(region)
    local statement = "SELECT " .. sql.qualified(exa.meta.script_schema, "SME_AUTOPILOT_REQUEST_UDF")
        .. "(" .. sql.literal(action) .. ", " .. sql.literal(connection) .. ", "
        .. sql.literal(region) .. ", " .. sql.literal(cjson.encode(request)) .. ")"
    local response = cjson.decode(database.run(statement)[1][1])
    if response.error ~= nil and response.error ~= cjson.null then
        error(response.error, 0)
    end
    return without_null(response.answer)
end

return M
