--- What nobody needs: the registry compared with what AWS holds. Pure.
local M = {}

local GONE = {Deleted = true, NotDeployed = true}
-- Statuses of an endpoint that AWS may not have yet.
local COMING = {Creating = true}

local function key(name)
    return string.upper(name or "")
end

local function add(found, kind, name, reason, details)
    local finding = details or {}
    finding.kind, finding.name, finding.reason = kind, name, reason
    found[#found + 1] = finding
end

--- Why an endpoint that AWS has is not needed, or nil where it is.
local function why_not(row)
    if row == nil then
        return "it is not in the registry"
    elseif GONE[row.status] then
        return "the registry has it as " .. row.status
    elseif row.status == "Deleting" then
        return "its deletion was begun"
    elseif row.is_expired then
        return "its time to live is over"
    end
    return nil
end

-- Endpoints that AWS has for nobody, and rows of endpoints that AWS does not have.
local function compare_endpoints(found, known, held, is_busy)
    local condemned = {}
    local in_aws = {}
    for _, endpoint in ipairs(held.endpoints) do
        in_aws[key(endpoint.name)] = endpoint
        local reason = why_not(known.endpoints[key(endpoint.name)])
        if reason ~= nil then
            condemned[key(endpoint.name)] = true
            add(found, "endpoint", endpoint.name, reason)
        end
    end
    for _, name in ipairs(known.endpoint_names) do
        local row = known.endpoints[key(name)]
        local may_come = COMING[row.status] and is_busy
        if in_aws[key(name)] == nil and row.is_here and not GONE[row.status] and not may_come then
            condemned[key(name)] = true
            add(found, "endpoint", row.name, "AWS does not have it")
        end
    end
    return in_aws, condemned
end

-- Configurations and models beside those that an endpoint has, or is about to get.
local function compare_hosting(found, known, held, in_aws, condemned, is_busy)
    local used_models = {}
    local function is_in_use(config)
        local row, endpoint = known.endpoints[key(config.endpoint_name)],
            in_aws[key(config.endpoint_name)]
        local is_named = row ~= nil and not GONE[row.status]
            and (row.config_name == config.name or row.pending_config_name == config.name)
        return is_named or (endpoint ~= nil and endpoint.config_name == config.name)
    end
    for _, config in ipairs(held.configs) do
        local is_kept = is_in_use(config) or (is_busy and config.is_young)
        for _, model in ipairs(is_kept and config.models or {}) do
            used_models[model] = true
        end
        if not is_kept and not condemned[key(config.endpoint_name)] then
            add(found, "configuration", config.name, "no endpoint uses it")
        end
    end
    for _, model in ipairs(held.models) do
        local owner = model.transform_job_name
        local is_kept = used_models[model.name] or (is_busy and model.is_young)
        if owner ~= nil then
            if known.batches[key(owner)] == nil then
                add(found, "model", model.name, "no batch prediction needs it")
            end
        elseif not is_kept and not condemned[key(model.endpoint_name)] then
            add(found, "model", model.name, "no endpoint uses it")
        end
    end
end

local function compare_jobs(found, known, held)
    for _, job in ipairs(held.training_jobs) do
        if not known.jobs[key(job.name)] then
            add(found, "training job", job.name, "it runs and is not in the registry")
        end
    end
    for _, job in ipairs(held.transform_jobs) do
        if known.batches[key(job.name)] == nil then
            add(found, "transform job", job.name, "it runs and is not in the registry")
        end
    end
end

--- What nobody needs, as a list of {kind =, name =, reason =}.
--
-- known: endpoints (by name in capitals: name, status, config_name, pending_config_name,
-- is_expired, and is_here for those in the region and account that are looked at), endpoint_names, jobs and
-- batches (by name in capitals), needed_prefixes, trainings (attempts that were abandoned) and leftovers (batch
-- predictions that nobody will fetch), each with name, reason and row.
-- held: as holdings of udfs/python/actions.py gives it.
-- is_busy: whether another session is at work. What is young may then be its work.
function M.unneeded(known, held, is_busy)
    local found = {}
    local in_aws, condemned = compare_endpoints(found, known, held, is_busy)
    compare_hosting(found, known, held, in_aws, condemned, is_busy)
    compare_jobs(found, known, held)
    for _, name in ipairs(held.scaling_targets) do
        add(found, "scaling target", name, "its endpoint is gone")
    end
    for _, training in ipairs(known.trainings) do
        add(found, "training", training.name, training.reason, {row = training.row})
    end
    for _, prediction in ipairs(known.leftovers) do
        add(found, "batch prediction", prediction.name, prediction.reason, {row = prediction.row})
    end
    local needed = {}
    for _, prefix in ipairs(known.needed_prefixes) do
        needed[prefix] = true
    end
    for _, place in ipairs(held.prefixes) do
        if not needed[place.prefix] then
            add(found, "S3 prefix", "s3://" .. place.bucket .. "/" .. place.prefix,
                "no row of the registry needs it", {place = place})
        end
    end
    return found
end

return M
