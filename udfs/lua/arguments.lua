--- Arguments of scripts: reading JSON, what is required, what a name may look like.
local cjson = require("cjson")
local errors = require("errors")

local M = {}

--- A JSON object as a table: null is nil, whole numbers are integers.
function M.read_json(text)
    local ok, decoded = pcall(cjson.decode, text)
    if not ok or type(decoded) ~= "table" then
        errors.raise("E-SME-5", "The argument is no JSON object. Check commas, quotes and "
            .. "brackets of the text that was given.")
    end
    local values = {}
    for name, value in pairs(decoded) do
        if value ~= cjson.null then
            values[name] = math.type(value) == "float" and (math.tointeger(value) or value) or value
        end
    end
    return values
end

--- Raises E-SME-6 with the names of all required arguments that are missing or empty.
function M.require_all(values, names)
    local missing = {}
    for _, name in ipairs(names) do
        local value = values[name]
        if value == nil or value == null or value == "" then
            missing[#missing + 1] = name
        end
    end
    if #missing > 0 then
        errors.raise("E-SME-6", "Required arguments are missing: " .. table.concat(missing, ", ")
            .. ". Required are: " .. table.concat(names, ", ") .. ".")
    end
end

--- Raises E-SME-11 for a name that AWS would refuse.
function M.check_name(kind, name, longest)
    local text = tostring(name)
    local pattern_holds = string.match(text, "^%w[%w-]*$") and not string.match(text, "-$")
    if not pattern_holds or #text > longest then
        errors.raise("E-SME-11", "Invalid " .. kind .. " name " .. text .. ": AWS takes 1 to "
            .. longest .. " letters, digits and hyphens, with a letter or digit at both ends.")
    end
end

--- The value as a whole number of at least `least`. Raises E-SME-29.
function M.whole_number(name, value, least)
    local number = math.tointeger(tonumber(value))
    if number == nil or number < least then
        errors.raise("E-SME-29", name .. " is " .. tostring(value) .. ", but must be a whole number "
            .. "of at least " .. least .. ".")
    end
    return number
end

return M
