--- Which columns a training exports, and what each of them is for.
local sql = require("sql")
local errors = require("errors")
local dictionary = require("dictionary")

local M = {}

M.FEATURE, M.TARGET, M.WEIGHT = "feature", "target", "weight"

-- What a forecast takes as a time: seconds, no fractions of them.
local FORECAST_TIME = "YYYY-MM-DD HH24:MI:SS"

local function claim(roles, column, role)
    local taken = roles[column.name]
    if taken ~= nil and taken ~= role then
        errors.raise("E-SME-52", "Column " .. column.name .. " cannot be " .. taken .. " and "
            .. role .. " at once.")
    end
    roles[column.name] = role
end

-- AWS leaves out rows with a weight that is no number: better told before it trains on the rest.
local function check_weight(column)
    if not dictionary.is_numeric(column) then
        errors.raise("E-SME-62", "sample_weight_column " .. column.name .. " is " .. column.type
            .. ", but weights are numbers: DECIMAL or DOUBLE.")
    end
end

local function names_of(columns, wanted, where)
    local found = {}
    for _, name in ipairs(wanted or {}) do
        found[#found + 1] = dictionary.column(columns, name, where)
    end
    return found
end

--- The role of every column that an option names, by column name.
function M.named_roles(columns, given, where)
    local roles = {}
    local function set(option, role)
        if given[option] ~= nil then
            claim(roles, dictionary.column(columns, given[option], where), role)
        end
    end
    local function set_all(option, role)
        for _, column in ipairs(names_of(columns, given[option], where)) do
            claim(roles, column, role)
        end
    end
    set("target_attribute_name", M.TARGET)
    set("sample_weight_column", M.WEIGHT)
    set("text_column", "text")
    set("item_column", "item")
    set("time_column", "time")
    set_all("grouping_columns", "grouping")
    set_all("key_columns", "key")
    set_all("exclude_columns", "excluded")
    return roles
end

local function text_expression(column, role)
    local kind = string.match(column.type, "^%a+")
    if role == "time" and (kind == "DATE" or kind == "TIMESTAMP") then
        return "TO_CHAR(" .. sql.identifier(column.name) .. ", " .. sql.literal(FORECAST_TIME) .. ")"
    end
    return dictionary.text_expression(column)
end

--- The columns to export in their order, and the names of the keys.
--
-- columns: of the relation, as {name =, type =}. Gives a list of {name, type, role, text_sql}
-- and a list of names. Raises E-SME-3, E-SME-52 or
-- E-SME-62.
function M.choose(columns, given, kind, where)
    local roles = M.named_roles(columns, given, where)
    local included
    if given.include_columns ~= nil then
        included = {}
        for _, column in ipairs(names_of(columns, given.include_columns, where)) do
            included[column.name] = true
        end
    end
    local chosen, keys, features = {}, {}, 0
    for _, column in ipairs(columns) do
        local role = roles[column.name]
        local is_feature = role == nil and kind ~= "text"
            and (included == nil or included[column.name])
        if role == "key" then
            keys[#keys + 1] = column.name
        elseif is_feature or (role ~= nil and role ~= "excluded") then
            chosen[#chosen + 1] = {
                name = column.name,
                type = column.type,
                role = role or M.FEATURE,
                text_sql = text_expression(column, role),
            }
            if role == M.WEIGHT then
                check_weight(column)
            elseif role ~= M.TARGET then
                features = features + 1
            end
        end
    end
    if features == 0 then
        errors.raise("E-SME-52", "No column of " .. where .. " is left to learn from. Check "
            .. "include_columns, exclude_columns and key_columns.")
    end
    return chosen, keys
end

--- The first column of a role, or nil.
function M.of(columns, role)
    for _, column in ipairs(columns) do
        if column.role == role then
            return column
        end
    end
    return nil
end

return M
