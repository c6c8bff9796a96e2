--- SME_CHECK_SCRIPT_LANGUAGE: whether the script language holds what the UDFs need.
local cjson = require("cjson")
local sql = require("sql")
local errors = require("errors")
local database = require("database")

local M = {}

local WAYS = " There are two ways on: Exasol 7.1.30 or newer, whose built-in PYTHON3 has all that is "
    .. "needed, or a language container (sme container, docs/language-container.md)."

--- What the language holds: {python, boto3, pandas}. Raises E-SME-18 where its boto3 is too old,
-- E-SME-157 where a UDF cannot be run at all.
function M.check()
    local ok, answer = database.try("SELECT "
        .. sql.qualified(exa.meta.script_schema, "SME_AUTOPILOT_REQUEST_UDF")
        .. "('probe', '', '', '{}')")
    if not ok then
        errors.raise("E-SME-157", "The script language runs no UDF of sme: " .. answer
            .. ". It needs Python 3.10, boto3 1.34 and pandas, and its container has to be active."
            .. WAYS)
    end
    local found = cjson.decode(answer[1][1]).answer
    if found.pandas == cjson.null then
        errors.raise("E-SME-157", "The script language has no pandas." .. WAYS)
    end
    if not found.knows_automl_v2 then
        errors.raise("E-SME-18", "boto3 " .. found.boto3 .. " of the script language does not know "
            .. "CreateAutoMLJobV2: it needs boto3 1.34 or newer." .. WAYS)
    end
    return found
end

function M.main()
    local found = M.check()
    return {{found.python, found.boto3, found.pandas}},
        "PYTHON VARCHAR(50), BOTO3 VARCHAR(50), PANDAS VARCHAR(50)"
end

return M
