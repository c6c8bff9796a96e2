--- Which columns a training exports, and what each of them is for.
local sql = require("sql")
local errors = require("errors")
local dictionary = require("dictionary")

local M = {}

M.FEATURE, M.TARGET, M.WEIGHT = "feature", "target", "weight"

-- What a forecast takes as a time: seconds, no fractions of them.
local FORECAST_TIME = "YYYY-MM-DD HH24:MI:SS"

-- The options that name columns, and the role that a column gets by each.
local ROLES = {
    {option = "target_attribute_name", role = M.TARGET},
    {option = "sample_weight_column", role = M.WEIGHT},
    {option = "text_column", role = "text"},
    {option = "item_column", role = "item"},
    {option = "time_column", role = "time"},
    {option = "grouping_columns", role = "grouping"},
    {option = "key_columns", role = "key"},
    {option = "exclude_columns", role = "excluded"},
}

local function refuse_both(name, one, other)
    errors.raise("E-SME-52", "Column " .. name .. " is named by both " .. one .. " and " .. other
        .. ", and can be one of these only: take it out of one of them.")
end

-- AWS leaves out rows with a weight that is no number: better told before it trains on the rest.
local function check_weight(column)
    if not dictionary.is_numeric(column) then
        errors.raise("E-SME-62", "sample_weight_column " .. column.name .. " is " .. column.type
            .. ", but weights are numbers: DECIMAL or DOUBLE.")
    end
end

local function found_columns(columns, wanted, where)
    local found = {}
    for i, name in ipairs(type(wanted) == "table" and wanted or {wanted}) do
        found[i] = dictionary.column(columns, name, where)
    end
    return found
end

--- The role of every column that an option names, by column name. Raises E-SME-3 or E-SME-52.
function M.named_roles(columns, given, where)
    local roles, named_by = {}, {}
    for _, entry in ipairs(ROLES) do
        for _, column in ipairs(found_columns(columns, given[entry.option], where)) do
            if named_by[column.name] ~= nil and named_by[column.name] ~= entry.option then
                refuse_both(column.name, named_by[column.name], entry.option)
            end
            roles[column.name], named_by[column.name] = entry.role, entry.option
        end
    end
    return roles
end

-- The columns to learn from, by name, or nil for all that have no other role. Raises E-SME-3 or
-- E-SME-52.
local function included_columns(columns, given, roles, where)
    if given.include_columns == nil then
        return nil
    end
    local included = {}
    for _, column in ipairs(found_columns(columns, given.include_columns, where)) do
        if roles[column.name] == "key" then
            refuse_both(column.name, "include_columns", "key_columns")
        end
        included[column.name] = true
    end
    return included
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
-- and a list of names. Raises E-SME-3, E-SME-52 or E-SME-62.
function M.choose(columns, given, kind, where)
    local roles = M.named_roles(columns, given, where)
    local included = included_columns(columns, given, roles, where)
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
