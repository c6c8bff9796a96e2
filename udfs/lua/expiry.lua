--- SME_DELETE_EXPIRED_SAGEMAKER_AUTOPILOT_ENDPOINTS: what has outlived its time to live.
local errors = require("errors")
local arguments = require("arguments")
local option_values = require("option_values")
local sql = require("sql")
local database = require("database")
local registry = require("registry")
local delete = require("delete")

local M = {}

-- Each endpoint has its connection and region in the registry.
M.OPTIONS = {}

--- The query for endpoints whose time is up, with the keys and the region that they were made with.
function M.expired_statement(schema)
    return "SELECT ENDPOINT_NAME, AWS_CREDENTIALS_CONNECTION_NAME, AWS_REGION FROM "
        .. sql.qualified(schema, registry.ENDPOINTS.table_name)
        .. " WHERE EXPIRES_AT <= SYSTIMESTAMP AND STATUS NOT IN ('Deleted', 'NotDeployed')"
        .. " ORDER BY EXPIRES_AT, ENDPOINT_NAME"
end

--- Deletes what has expired. An endpoint that AWS is still working on is left for the next call.
function M.main(json_text)
    option_values.read(arguments.read_json(json_text), M.OPTIONS)
    local found = database.run(M.expired_statement(exa.meta.script_schema))
    local shown = {}
    for i = 1, #found do
        local name = found[i][1]
        local ok, rows = pcall(delete.main, name, found[i][2], found[i][3])
        shown[i] = ok and rows[1] or {name, "not deleted", errors.text(rows)}
    end
    return shown, "ENDPOINT_NAME VARCHAR(100), STATUS VARCHAR(50), DELETED VARCHAR(2000000)"
end

return M
